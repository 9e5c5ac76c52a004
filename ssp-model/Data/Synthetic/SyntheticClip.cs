using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.Synthetic;

/// <summary>A clip with all that is known of it.</summary>
/// <param name="Frames">T pictures, one a second.</param>
/// <param name="Labels">The class of every pixel that shows a thing while it sounds, else the background; T maps.</param>
/// <param name="Visible">The class of every pixel that shows a thing, sounding or not; T maps.</param>
/// <param name="Numbers">The number of the thing that a pixel shows, from 1 in the order of the scene, else 0; T maps.</param>
/// <param name="Covered">(T, things): the share of each thing that is hidden.</param>
/// <param name="Flow">(T−1,2,H,W) in pixels: where what is seen at a pixel is in the next frame.</param>
/// <param name="Audio">Mono, 16 kHz, T seconds.</param>
/// <param name="Prompts">One for each of <see cref="Captions.Levels"/>.</param>
internal sealed record SyntheticClip(
    Scene Scene, Image[] Frames, LabelMap[] Labels, LabelMap[] Visible, LabelMap[] Numbers, double[][] Covered, float[] Flow, short[] Audio,
    Prompts[] Prompts)
{
    /// <summary>The classes that the text says may sound, where what it says has a stated information; else null.</summary>
    public IReadOnlySet<string>? Named { get; init; }

    /// <summary>A scene in which more of a thing is hidden or outside is drawn anew.</summary>
    private const double MostHidden = 0.7;

    private const double LeastArea = 0.012;
    private const int Attempts = 20;

    /// <summary>The drawn clip of a seed and a number, always the same.</summary>
    public static SyntheticClip Generate(ulong seed, int number, int size, int frames, Premise? premise = null) =>
        Generate(SceneCatalogue.Drawn, premise ?? new Premise(), seed, number, size, frames);

    /// <summary>The clip of a seed and a number, always the same.</summary>
    public static SyntheticClip Generate(SceneCatalogue catalogue, Premise premise, ulong seed, int number, int size, int frames)
    {
        SplitMix64 random = SplitMix64.Stream(seed, (ulong)number);
        var knobs = new KnobStreams(seed, number);
        ThingClass leading = Leading(catalogue, seed, number, random);
        var sampler = new SceneSampler(catalogue, premise, size, frames, random, knobs);
        Scene scene = sampler.Sample(leading);
        RenderedFrame[] rendered = RenderAll(scene);
        for (int attempt = 1; attempt < Attempts && !IsFair(scene, rendered); attempt++)
        {
            scene = sampler.Sample(leading);
            rendered = RenderAll(scene);
        }
        return Describe(scene, rendered, catalogue, premise, random, knobs);
    }

    // The leading classes take turns, so that any run of clips has all of them.
    private static ThingClass Leading(SceneCatalogue catalogue, ulong seed, int number, SplitMix64 random)
    {
        string[] names = [.. catalogue.Classes.Select(c => c.Name).Distinct()];
        string name = names[(int)((seed + (ulong)number) % (ulong)names.Length)];
        ThingClass[] ofThatName = [.. catalogue.Classes.Where(c => c.Name == name)];
        return ofThatName.Length == 1 ? ofThatName[0] : random.Choose(ofThatName);
    }

    private static SyntheticClip Describe(
        Scene scene, RenderedFrame[] rendered, SceneCatalogue catalogue, Premise premise, SplitMix64 random, KnobStreams knobs)
    {
        int pixels = scene.Size * scene.Size;
        float[] flow = new float[(scene.Frames - 1) * 2 * pixels];
        for (int t = 0; t + 1 < scene.Frames; t++)
            SceneRenderer.Flow(scene, t, rendered[t].Owner, flow.AsSpan(2 * t * pixels, 2 * pixels));
        if (premise.Noise > 0)
            AddNoise(rendered, premise.Noise, knobs[Knob.Noise]);
        short[] audio = Soundtrack.Mix(scene, random, premise.Snr, knobs[Knob.SoundNoise]);
        IReadOnlySet<string>? named = TextChannel.Of(premise)?.Name(scene, knobs[Knob.Text]);
        return new SyntheticClip(
            scene,
            [.. rendered.Select(r => r.Picture)],
            [.. rendered.Select((r, t) => LabelsOf(scene, r.Owner, (thing, _) => thing.Sounding[t] ? thing.Class.Label : (byte)0))],
            [.. rendered.Select(r => LabelsOf(scene, r.Owner, (thing, _) => thing.Class.Label))],
            [.. rendered.Select(r => LabelsOf(scene, r.Owner, (_, i) => (byte)(i + 1)))],
            [.. rendered.Select(r => r.Covered)],
            flow,
            audio,
            named is null ? Captions.All(scene, catalogue.Classes, random) : PaperCaptions.All(scene, named))
        {
            Named = named,
        };
    }

    /// <summary>Adds to every pixel and channel a normal value (Box and Muller) of a deviation in levels of 255.</summary>
    private static void AddNoise(RenderedFrame[] rendered, double deviation, SplitMix64 random)
    {
        foreach (RenderedFrame frame in rendered)
            for (int i = 0; i < frame.Picture.Rgb.Length; i++)
            {
                double normal = Math.Sqrt(-2 * Math.Log(1 - random.Next())) * Math.Cos(random.Between(0, Math.Tau));
                frame.Picture.Rgb[i] = (byte)Math.Round(Math.Clamp(frame.Picture.Rgb[i] + deviation * normal, 0, 255));
            }
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

    private static LabelMap LabelsOf(Scene scene, byte[] owner, Func<Thing, int, byte> label)
    {
        byte[] labelOfOwner = new byte[1 + scene.Things.Length + scene.Props.Length];
        for (int i = 0; i < scene.Things.Length; i++)
            labelOfOwner[i + 1] = label(scene.Things[i], i);
        return new LabelMap(scene.Size, scene.Size, Array.ConvertAll(owner, o => labelOfOwner[o]));
    }
}
