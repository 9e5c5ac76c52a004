namespace SspNative.Model.Data.Synthetic;

/// <summary>What scenes are made of.</summary>
internal abstract class SceneCatalogue
{
    /// <summary>What is drawn from closed forms: ten classes before textured planes.</summary>
    public static SceneCatalogue Drawn { get; } = new DrawnCatalogue();

    /// <summary>What can sound. Entries of one name are pictures of one class.</summary>
    public abstract IReadOnlyList<ThingClass> Classes { get; }

    /// <summary>The colours that bodies can have.</summary>
    public abstract IReadOnlyList<NamedColour> Colours { get; }

    /// <summary>A background at random.</summary>
    /// <param name="unit">Pixels for each pixel of a frame of 128.</param>
    /// <param name="velocity">Draws its motion in pixels a frame.</param>
    /// <param name="random">Draws the rest.</param>
    public abstract Background SampleBackground(double unit, Func<(double U, double V)> velocity, SplitMix64 random);

    /// <summary>What stands among the things and never sounds: names and looks, at random.</summary>
    public abstract IReadOnlyList<(string Name, Look Look)> SampleDistractors(SplitMix64 random);

    /// <summary>Whether a tree trunk may stand before the things.</summary>
    public abstract bool HasTrunks { get; }

    private sealed class DrawnCatalogue : SceneCatalogue
    {
        private static readonly (int Light, int Dark)[] _tones =
        [
            (0xDCE6EE, 0x8FB0CC), (0xCFDDB8, 0x7E9A66), (0xE6DCC8, 0xA89676),
            (0xD5E4E2, 0x74A3A6), (0xE4D4D0, 0xA88682), (0xD6D6DE, 0x8C8C9C),
        ];

        public override IReadOnlyList<ThingClass> Classes => ThingClass.All;

        public override IReadOnlyList<NamedColour> Colours => NamedColour.All;

        public override bool HasTrunks => true;

        public override Background SampleBackground(double unit, Func<(double U, double V)> velocity, SplitMix64 random)
        {
            (int light, int dark) = random.Choose(_tones);
            var kind = (BackgroundKind)random.Below(Enum.GetValues<BackgroundKind>().Length);
            (double u, double v) = velocity();
            return new PaintedBackground(kind, Rgb.Of(light), Rgb.Of(dark), random.Between(9, 16) * unit, u, v, random.NextBits());
        }

        public override IReadOnlyList<(string Name, Look Look)> SampleDistractors(SplitMix64 random) => [];
    }
}
