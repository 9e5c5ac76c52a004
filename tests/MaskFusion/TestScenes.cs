using System.Diagnostics;
using System.Globalization;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Tests.Support;

namespace SspNative.Tests.MaskFusion;

/// <summary>Synthetic scenes with what moves in them, and what cameras and codecs add.</summary>
internal static class TestScenes
{
    /// <summary>A scene in which nothing moves.</summary>
    public static Scene Still(ulong seed, int number, int size, int frames)
    {
        Scene scene = SyntheticClip.Generate(seed, number, size, frames).Scene;
        return scene with
        {
            Background = scene.Background with { U = 0, V = 0 },
            Things = [.. scene.Things.Select(t => At(t, [.. Enumerable.Repeat(t.Placed.Poses[0], frames)]))],
        };
    }

    /// <summary>A still scene of one thing, past which the camera turns.</summary>
    /// <param name="passes">Whether the thing passes with the background; otherwise the camera follows it.</param>
    public static Scene Pan(ulong seed, int number, int size, int frames, double speed, bool passes)
    {
        Scene scene = Still(seed, number, size, frames);
        Pose pose = scene.Things[0].Placed.Poses[0];
        Pose[] poses = [.. Enumerable.Range(0, frames).Select(t => pose with { X = pose.X + (passes ? t * speed : 0) })];
        return scene with { Background = scene.Background with { U = speed }, Things = [At(scene.Things[0], poses)], Props = [] };
    }

    public static Image[] Draw(Scene scene) => [.. Enumerable.Range(0, scene.Frames).Select(t => SceneRenderer.Render(scene, t).Picture)];

    public static ClipFlow ExactFlow(Scene scene)
    {
        int values = 2 * scene.Size * scene.Size;
        float[] flow = new float[(scene.Frames - 1) * values];
        for (int t = 0; t + 1 < scene.Frames; t++)
            SceneRenderer.Flow(scene, t, SceneRenderer.Render(scene, t).Owner, flow.AsSpan(t * values, values));
        return new ClipFlow(flow, scene.Size, scene.Size);
    }

    /// <summary>The pixels that move against the background by more than some pixels, to the frame or from it.</summary>
    public static bool[] Moving(Scene scene, int frame, double least)
    {
        byte[] owner = SceneRenderer.Render(scene, frame).Owner;
        PlacedLook[] placed = [.. scene.Things.Select(t => t.Placed), .. scene.Props.Select(p => p.Placed)];
        return [.. owner.Select((o, i) => o > 0 && Moves(placed[o - 1], i % scene.Size, i / scene.Size))];

        bool Moves(PlacedLook one, int x, int y)
        {
            (double u, double v) = frame + 1 < scene.Frames ? one.Motion(frame, x, y) : (scene.Background.U, scene.Background.V);
            (double drawnX, double drawnY) = one.Poses[frame].ToDrawing(x, y);
            (double formerX, double formerY) = frame > 0
                ? one.Poses[frame - 1].ToPicture(drawnX, drawnY)
                : (x - scene.Background.U, y - scene.Background.V);
            return Length(u, v) > least || Length(x - formerX, y - formerY) > least;
        }

        double Length(double u, double v) => Math.Sqrt(Math.Pow(u - scene.Background.U, 2) + Math.Pow(v - scene.Background.V, 2));
    }

    /// <summary>The picture with normal noise of a deviation, of 255.</summary>
    public static Image Noisy(Image picture, double deviation, int seed)
    {
        var random = new Random(seed);
        var noisy = new Image(picture.Width, picture.Height);
        for (int i = 0; i < picture.Rgb.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());
            noisy.Rgb[i] = (byte)Math.Clamp(Math.Round(picture.Rgb[i] + deviation * normal), 0, 255);
        }
        return noisy;
    }

    /// <summary>Frames as H.264 leaves them.</summary>
    public static Image[] Encoded(Image[] frames, int quality)
    {
        using var folder = new TemporaryFolder();
        for (int t = 0; t < frames.Length; t++)
            frames[t].SavePng(folder[$"{t}.png"]);
        string crf = quality.ToString(CultureInfo.InvariantCulture);
        Run("-framerate", "1", "-i", folder["%d.png"], "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", crf, folder["clip.mp4"]);
        Run("-i", folder["clip.mp4"], folder["out%d.png"]);
        return [.. Enumerable.Range(1, frames.Length).Select(t => Image.Load(folder[$"out{t}.png"]))];
    }

    private static Thing At(Thing thing, Pose[] poses) => thing with { Placed = thing.Placed with { Poses = poses } };

    private static void Run(params string[] arguments)
    {
        using Process ffmpeg = Process.Start("ffmpeg", ["-v", "error", .. arguments]);
        ffmpeg.WaitForExit();
        if (ffmpeg.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg ended with {ffmpeg.ExitCode}");
    }
}
