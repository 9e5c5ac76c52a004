using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.Synthetic;

/// <summary>A clip with all that is known of it.</summary>
/// <param name="Frames">T pictures, one a second.</param>
/// <param name="Labels">The class of every pixel that shows a thing while it sounds, else the background; T maps.</param>
/// <param name="Visible">The class of every pixel that shows a thing, sounding or not; T maps.</param>
/// <param name="Covered">(T, things): the share of each thing that is hidden.</param>
/// <param name="Flow">(T−1,2,H,W) in pixels: where what is seen at a pixel is in the next frame.</param>
/// <param name="Audio">Mono, 16 kHz, T seconds.</param>
/// <param name="Prompts">One for each of <see cref="Captions.Levels"/>.</param>
internal sealed record SyntheticClip(
    Scene Scene, Image[] Frames, LabelMap[] Labels, LabelMap[] Visible, double[][] Covered, float[] Flow, short[] Audio,
    Prompts[] Prompts)
{
    /// <summary>A scene in which more of a thing is hidden or outside is drawn anew.</summary>
    private const double MostHidden = 0.7;

    private const double LeastArea = 0.012;
    private const int Attempts = 20;

    /// <summary>The clip of a seed and a number, always the same.</summary>
    public static SyntheticClip Generate(ulong seed, int number, int size, int frames)
    {
        SplitMix64 random = SplitMix64.Stream(seed, (ulong)number);
        // The leading classes take turns, so that any run of clips has all of them.
        ThingClass leading = ThingClass.All[(int)((seed + (ulong)number) % (ulong)ThingClass.All.Count)];
        var sampler = new SceneSampler(size, frames, random);
        Scene scene = sampler.Sample(leading);
        RenderedFrame[] rendered = RenderAll(scene);
        for (int attempt = 1; attempt < Attempts && !IsFair(scene, rendered); attempt++)
        {
            scene = sampler.Sample(leading);
            rendered = RenderAll(scene);
        }
        return Describe(scene, rendered, random);
    }

    private static SyntheticClip Describe(Scene scene, RenderedFrame[] rendered, SplitMix64 random)
    {
        int pixels = scene.Size * scene.Size;
        float[] flow = new float[(scene.Frames - 1) * 2 * pixels];
        for (int t = 0; t + 1 < scene.Frames; t++)
            SceneRenderer.Flow(scene, t, rendered[t].Owner, flow.AsSpan(2 * t * pixels, 2 * pixels));
        return new SyntheticClip(
            scene,
            [.. rendered.Select(r => r.Picture)],
            [.. rendered.Select((r, t) => LabelsOf(scene, r.Owner, thing => thing.Sounding[t]))],
            [.. rendered.Select(r => LabelsOf(scene, r.Owner, _ => true))],
            [.. rendered.Select(r => r.Covered)],
            flow,
            Soundtrack.Mix(scene, random),
            Captions.All(scene, random));
    }

    private static RenderedFrame[] RenderAll(Scene scene) =>
        [.. Enumerable.Range(0, scene.Frames).Select(t => SceneRenderer.Render(scene, t))];

    private static bool IsFair(Scene scene, RenderedFrame[] rendered)
    {
        foreach (RenderedFrame frame in rendered)
            for (int i = 0; i < scene.Things.Length; i++)
                if (frame.Covered[i] > MostHidden || frame.Owner.Count(o => o == i + 1) < LeastArea * frame.Owner.Length)
                    return false;
        return true;
    }

    private static LabelMap LabelsOf(Scene scene, byte[] owner, Func<Thing, bool> counts)
    {
        byte[] labelOfOwner = new byte[scene.Things.Length + 2];
        for (int i = 0; i < scene.Things.Length; i++)
            labelOfOwner[i + 1] = counts(scene.Things[i]) ? scene.Things[i].Class.Label : (byte)0;
        return new LabelMap(scene.Size, scene.Size, Array.ConvertAll(owner, o => labelOfOwner[o]));
    }
}
