using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>One frame as it is seen.</summary>
/// <param name="Picture">With smooth edges.</param>
/// <param name="Owner">What each pixel shows at its centre: 0 the background, then the things from the back, then the props.</param>
/// <param name="Covered">For every thing the share of its pixels inside the picture that something in front hides.</param>
internal sealed record RenderedFrame(Image Picture, byte[] Owner, double[] Covered);

/// <summary>
/// Draws scenes. Everything is computed at pixel centres in double precision from closed forms, so masks and motion are exact.
/// </summary>
internal static class SceneRenderer
{
    public static RenderedFrame Render(Scene scene, int frame)
    {
        int size = scene.Size;
        (double shiftX, double shiftY) = scene.Shift[frame];
        var colours = new Rgb[size * size];
        byte[] owner = new byte[size * size];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                colours[y * size + x] = scene.Background.At(x - shiftX, y - shiftY, frame);

        PlacedLook[] placed = Placed(scene);
        int[] whole = new int[placed.Length], visible = new int[placed.Length];
        for (int i = 0; i < placed.Length; i++)
        {
            Pose pose = placed[i].Poses[frame];
            whole[i] = Draw(placed[i].Look, pose with { X = pose.X + shiftX, Y = pose.Y + shiftY }, size, colours, owner, (byte)(i + 1));
        }
        foreach (byte seen in owner)
            if (seen > 0)
                visible[seen - 1]++;

        var picture = new Image(size, size);
        for (int i = 0; i < colours.Length; i++)
            (picture.Rgb[3 * i], picture.Rgb[3 * i + 1], picture.Rgb[3 * i + 2]) =
                (ToByte(colours[i].R), ToByte(colours[i].G), ToByte(colours[i].B));
        double[] covered = [.. scene.Things.Select((_, i) => whole[i] == 0 ? 0 : 1 - (double)visible[i] / whole[i])];
        return new RenderedFrame(picture, owner, covered);
    }

    /// <summary>The motion of what each pixel shows from a frame to the next, (2,H,W) in pixels, u right and v down.</summary>
    public static void Flow(Scene scene, int frame, byte[] owner, Span<float> flow)
    {
        PlacedLook[] placed = Placed(scene);
        int size = scene.Size, pixels = size * size;
        (double X, double Y) shift = scene.Shift[frame], next = scene.Shift[frame + 1];
        for (int i = 0; i < pixels; i++)
        {
            (double u, double v) = owner[i] == 0
                ? (scene.Background.U, scene.Background.V)
                : placed[owner[i] - 1].Motion(frame, i % size - shift.X, i / size - shift.Y);
            flow[i] = (float)(u + next.X - shift.X);
            flow[pixels + i] = (float)(v + next.Y - shift.Y);
        }
    }

    private static PlacedLook[] Placed(Scene scene) => [.. scene.Things.Select(t => t.Placed), .. scene.Props.Select(p => p.Placed)];

    /// <summary>Paints a look over what is there and returns how many pixel centres it covers.</summary>
    private static int Draw(Look look, Pose pose, int size, Rgb[] colours, byte[] owner, byte number)
    {
        double reach = look.Reach * pose.Scale + 1;
        int left = Math.Max(0, (int)(pose.X - reach)), right = Math.Min(size - 1, (int)(pose.X + reach) + 1);
        int top = Math.Max(0, (int)(pose.Y - reach)), bottom = Math.Min(size - 1, (int)(pose.Y + reach) + 1);
        int count = 0;
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
            {
                (double u, double v) = pose.ToDrawing(x, y);
                Rgb colour = look.Sample(u, v, pose.Scale, out double coverage, out bool solid);
                int i = y * size + x;
                if (coverage > 0)
                    colours[i] = colours[i].Mix(colour, coverage);
                if (solid)
                {
                    owner[i] = number;
                    count++;
                }
            }
        return count;
    }

    private static byte ToByte(double level) => (byte)Math.Round(255 * Math.Clamp(level, 0, 1));
}
