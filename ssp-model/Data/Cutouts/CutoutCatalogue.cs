using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Cutouts;

/// <summary>Cut-out pictures with their recordings before photographs: those for testing, or the others. Files are read when they are first used.</summary>
internal sealed class CutoutCatalogue : SceneCatalogue
{
    private const int MostDistractors = 2;

    // Pictures have their own colours, which no word tells.
    private static readonly NamedColour[] _colours = [new("", default)];

    private readonly (string Name, Lazy<Cutout> Picture)[] _distractors;
    private readonly (string Name, Lazy<Image> Picture)[] _photographs;

    /// <param name="sources">What there is.</param>
    /// <param name="forTesting">Whether of what is for testing.</param>
    /// <param name="size">Width and height of frames, for which photographs are shrunk.</param>
    public CutoutCatalogue(CutoutSources sources, bool forTesting, int size)
    {
        CutoutSource[] own = [.. sources.All.Where(s => s.IsForTesting == forTesting)];
        Classes = [.. own.Where(s => s.Use == CutoutSources.Class).Select(s => ClassOf(sources, s))];
        _distractors =
        [
            .. own.Where(s => s.Use == CutoutSources.Distractor)
                .Select(s => (s.Name, new Lazy<Cutout>(() => new Cutout(sources.Picture(s), sources.PathOf(s))))),
        ];
        _photographs =
        [
            .. own.Where(s => s.Use == CutoutSources.Background)
                .Select(s => (s.Name, new Lazy<Image>(() => Photograph.Load(sources.PathOf(s), size)))),
        ];
    }

    public override IReadOnlyList<ThingClass> Classes { get; }

    public override IReadOnlyList<NamedColour> Colours => _colours;

    public override bool HasTrunks => false;

    public override Background SampleBackground(double unit, Func<(double U, double V)> velocity, SplitMix64 random)
    {
        (string name, Lazy<Image> picture) = random.Choose(_photographs);
        (double u, double v) = velocity();
        double zoom = random.Between(0.7, 1);
        return new Photograph(
            name, picture.Value, zoom, random.Between(0, Math.Max(1, picture.Value.Width - zoom * picture.Value.Width / Photograph.Margin)),
            random.Between(0, Math.Max(1, picture.Value.Height - zoom * picture.Value.Height / Photograph.Margin)), u, v);
    }

    public override IReadOnlyList<(string Name, Look Look)> SampleDistractors(SplitMix64 random)
    {
        int count = random.Below(MostDistractors + 1);
        return _distractors.Length == 0
            ? []
            : [.. Enumerable.Range(0, count).Select(_ => random.Choose(_distractors)).Select(d => (d.Name, (Look)d.Picture.Value))];
    }

    private static ThingClass ClassOf(CutoutSources sources, CutoutSource source)
    {
        CutoutClass known = CutoutClass.All.First(c => c.Name == source.Name);
        var picture = new Lazy<Cutout>(() => new Cutout(sources.Picture(source), sources.PathOf(source)));
        var sound = new Lazy<Recording>(() => sources.Sound(source));
        return new ThingClass(
            known.Name, known.Verb, known.Noun, known.Genus, (_, _) => picture.Value, (samples, random) => sound.Value.Play(samples, random));
    }
}
