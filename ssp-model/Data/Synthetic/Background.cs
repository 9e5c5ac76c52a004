namespace SspNative.Model.Data.Synthetic;

/// <summary>What all things stand in front of.</summary>
internal enum BackgroundKind
{
    Clouds,
    Meadow,
    Pebbles,
    Waves,
    Tiles,
    Bricks,
}

/// <summary>An endless plane that shifts by the same number of pixels from each frame to the next, or rests.</summary>
/// <param name="Name">What it shows, for records.</param>
/// <param name="U">Pixels to the right a frame.</param>
/// <param name="V">Pixels downwards a frame.</param>
internal abstract record Background(string Name, double U, double V)
{
    public bool Moves => U != 0 || V != 0;

    /// <summary>The colour at a pixel of a frame.</summary>
    public abstract Rgb At(double x, double y, int frame);
}

/// <summary>A textured plane.</summary>
/// <param name="Kind">Its pattern.</param>
/// <param name="Light">The lighter of its two muted colours.</param>
/// <param name="Dark">The darker.</param>
/// <param name="Pitch">Pixels of one unit of the pattern.</param>
/// <param name="U">Pixels to the right a frame.</param>
/// <param name="V">Pixels downwards a frame.</param>
/// <param name="Seed">Chooses its noise.</param>
internal sealed record PaintedBackground(BackgroundKind Kind, Rgb Light, Rgb Dark, double Pitch, double U, double V, ulong Seed)
    : Background(Kind.ToString().ToLowerInvariant(), U, V)
{
    public override Rgb At(double x, double y, int frame)
    {
        double px = (x - U * frame) / Pitch, py = (y - V * frame) / Pitch;
        double mottle = ValueNoise.Fractal(px * 2.5, py * 2.5, Seed ^ 0x5EED, 2);
        return Light.Mix(Dark, Math.Clamp(0.72 * Level(px, py) + 0.5 * (mottle - 0.5) + 0.1, 0, 1));
    }

    private double Level(double x, double y) => Kind switch
    {
        BackgroundKind.Clouds => Smooth(1.8 * ValueNoise.Fractal(x * 0.7, y, Seed, 3) - 0.4),
        BackgroundKind.Meadow => ValueNoise.Fractal(x * 2.6 + 0.5 * Math.Sin(y * 0.6), y * 0.7, Seed, 2),
        BackgroundKind.Pebbles => Pebble(x, y),
        BackgroundKind.Waves =>
            0.5 + 0.5 * Math.Sin(4.2 * y + 1.1 * Math.Sin(1.3 * x) + 2 * ValueNoise.At(x * 0.6, y * 0.6, Seed)),
        BackgroundKind.Tiles => Joint(x, y),
        _ => Brick(x, y),
    };

    /// <summary>Round stones, one in each cell of a grid, each of its own shade.</summary>
    private double Pebble(double x, double y)
    {
        double nearest = 9, shade = 0;
        for (double cy = Math.Floor(y) - 1; cy <= Math.Floor(y) + 1; cy++)
            for (double cx = Math.Floor(x) - 1; cx <= Math.Floor(x) + 1; cx++)
            {
                double jitterX = ValueNoise.At(cx, cy, Seed), jitterY = ValueNoise.At(cx, cy, Seed + 1);
                double dx = x - cx - 0.2 - 0.6 * jitterX, dy = y - cy - 0.2 - 0.6 * jitterY;
                double distance = Math.Sqrt(dx * dx + dy * dy);
                if (distance < nearest)
                    (nearest, shade) = (distance, ValueNoise.At(cx, cy, Seed + 2));
            }
        return Smooth((nearest - 0.4) * 5 + 0.5) * (1 - 0.5 * shade) + 0.5 * shade;
    }

    private double Brick(double x, double y)
    {
        double row = Math.Floor(y * 1.6), shifted = x + 0.5 * (row - 2 * Math.Floor(row / 2));
        return Joint(shifted, y * 1.6);
    }

    /// <summary>Unit squares of random shade with dark joints.</summary>
    private double Joint(double x, double y)
    {
        double edge = Math.Min(0.5 - Math.Abs(x - Math.Floor(x) - 0.5), 0.5 - Math.Abs(y - Math.Floor(y) - 0.5));
        double shade = 0.55 * ValueNoise.At(Math.Floor(x), Math.Floor(y), Seed);
        return shade + (1 - shade) * (1 - Smooth(edge * 14 - 0.3));
    }

    private static double Smooth(double t)
    {
        t = Math.Clamp(t, 0, 1);
        return t * t * (3 - 2 * t);
    }
}
