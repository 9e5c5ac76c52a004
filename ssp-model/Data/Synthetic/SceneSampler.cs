namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// Draws scenes at random. Things differ in class within a scene, so that what is heard and what is seen always belong
/// together in one way. Lengths in pixels are for frames of 128 pixels and grow with the frames' size.
/// </summary>
internal sealed class SceneSampler(int size, int frames, SplitMix64 random)
{
    private const double SoundsToo = 0.5;
    private const double Moving = 0.5;
    private const double SoundsThroughout = 0.55;
    private const double MovingBackground = 0.4;
    private const double TrunkInFront = 0.2;
    private const double MayOverlap = 0.35;

    // No visible point moves farther from a frame to the next.
    private const double FastestPixels = 7.8;

    private static readonly (int Light, int Dark)[] _backgrounds =
    [
        (0xDCE6EE, 0x8FB0CC), (0xCFDDB8, 0x7E9A66), (0xE6DCC8, 0xA89676), (0xD5E4E2, 0x74A3A6), (0xE4D4D0, 0xA88682), (0xD6D6DE, 0x8C8C9C),
    ];

    private readonly double _unit = size / 128.0;

    /// <param name="leading">The class of the thing that surely sounds.</param>
    public Scene Sample(ThingClass leading)
    {
        int count = random.Next() switch { < 0.3 => 1, < 0.75 => 2, _ => 3 };
        ThingClass[] classes = [leading, .. random.Shuffle(ThingClass.All.Where(c => c != leading)).Take(count - 1)];
        NamedColour[] colours = random.Shuffle(NamedColour.All);
        Background background = SampleBackground();
        Pose[][] poses = Place(count);
        Thing[] things =
        [
            .. classes.Select((c, i) => new Thing(
                c,
                colours[i],
                new Layer(c.Draw(colours[i].Rgb), 1.25, poses[i], random.NextBits()),
                SampleSounding(i == 0 || random.Chance(SoundsToo)))),
        ];
        return new Scene(size, frames, background, random.Shuffle(things), random.Chance(TrunkInFront) ? SampleTrunk() : null);
    }

    private Background SampleBackground()
    {
        (int light, int dark) = random.Choose(_backgrounds);
        var kind = (BackgroundKind)random.Below(Enum.GetValues<BackgroundKind>().Length);
        (double u, double v) = random.Chance(MovingBackground) ? SampleVelocity(0.8 * _unit, 3 * _unit) : (0, 0);
        return new Background(kind, Rgb.Of(light), Rgb.Of(dark), random.Between(9, 16) * _unit, u, v, random.NextBits());
    }

    /// <summary>Half of the seconds or so in one piece, or all of them.</summary>
    private bool[] SampleSounding(bool sounds)
    {
        bool[] sounding = new bool[frames];
        if (!sounds)
            return sounding;
        bool throughout = random.Chance(SoundsThroughout);
        int length = throughout ? frames : 1 + random.Below(Math.Max(1, frames - 1));
        int start = throughout ? 0 : random.Below(frames - length + 1);
        Array.Fill(sounding, true, start, length);
        return sounding;
    }

    /// <summary>Poses of all things. Unless the scene may have overlaps, attempts go on until none is found.</summary>
    private Pose[][] Place(int count)
    {
        const int attempts = 60;
        double largest = count switch { 1 => 40, 2 => 33, _ => 27 };
        bool overlap = random.Chance(MayOverlap);
        Pose[][] poses = [];
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            poses = [.. Enumerable.Range(0, count).Select(_ => SamplePath(random.Between(0.7, 1) * largest * _unit))];
            double apart = overlap ? 0.8 : 1.7;
            if (Enumerable.Range(0, count).All(i => Enumerable.Range(0, i).All(j => Clear(poses[i], poses[j], apart))))
                break;
        }
        return poses;
    }

    private static bool Clear(Pose[] a, Pose[] b, double apart) =>
        a.Zip(b).All(p => Math.Sqrt(Square(p.First.X - p.Second.X) + Square(p.First.Y - p.Second.Y)) > apart * 0.5 * (p.First.Scale + p.Second.Scale));

    private static double Square(double x) => x * x;

    /// <summary>A path through the picture: at rest, or gliding, turning and growing a little, thrown back at the borders.</summary>
    private Pose[] SamplePath(double scale)
    {
        double margin = Math.Min(0.8 * scale, 0.45 * size);
        var pose = new Pose(random.Between(margin, size - margin), random.Between(margin, size - margin), random.Between(-0.3, 0.3), scale, random.Chance(0.5));
        Pose[] poses = new Pose[frames];
        bool moves = random.Chance(Moving);
        double turn = moves ? random.Between(-0.06, 0.06) : 0, growth = moves ? random.Between(-0.025, 0.025) : 0;
        double slack = FastestPixels * _unit - 1.25 * scale * 1.1 * (Math.Abs(turn) + Math.Abs(growth));
        (double u, double v) = moves ? SampleVelocity(Math.Min(2.5 * _unit, slack), slack) : (0, 0);
        for (int t = 0; t < frames; t++)
        {
            poses[t] = pose;
            if (pose.X + u < margin || pose.X + u > size - margin)
                u = -u;
            if (pose.Y + v < margin || pose.Y + v > size - margin)
                v = -v;
            // Size and turn swing back before they go far.
            if (Math.Abs(pose.Angle + turn) > 0.45)
                turn = -turn;
            double grown = pose.Scale * (1 + growth);
            if (grown > 1.08 * scale || grown < 0.92 * scale)
                growth = -growth;
            pose = pose with { X = pose.X + u, Y = pose.Y + v, Angle = pose.Angle + turn, Scale = pose.Scale * (1 + growth) };
        }
        return poses;
    }

    private (double U, double V) SampleVelocity(double slowest, double fastest)
    {
        double speed = random.Between(slowest, fastest);
        (double sin, double cos) = Math.SinCos(random.Between(0, Math.Tau));
        return (speed * cos, speed * sin);
    }

    private Layer SampleTrunk()
    {
        var pose = new Pose(random.Between(0.2, 0.8) * size, 0.5 * size, random.Between(-0.12, 0.12), random.Between(5, 9) * _unit, false);
        return new Layer(Drawings.Trunk(), 40, [.. Enumerable.Repeat(pose, frames)], random.NextBits());
    }
}
