namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// A text of stated information: for every class in sight it says whether that may sound. It says so with one probability if the class sounds in the
/// clip, and with another if it does not.
/// </summary>
/// <param name="HitRate">P(named | sounds).</param>
/// <param name="FalseAlarmRate">P(named | silent).</param>
/// <param name="SoundsToo">Probability that a class besides the first sounds.</param>
internal sealed record TextChannel(double HitRate, double FalseAlarmRate, double SoundsToo)
{
    /// <summary>The text of a premise; null where it states none.</summary>
    public static TextChannel? Of(Premise premise) => premise is { TextHitRate: { } hit, TextFalseAlarmRate: { } falseAlarm }
        ? new TextChannel(hit, falseAlarm, premise.SoundsToo)
        : null;

    /// <summary>The classes that the text names as those that may sound.</summary>
    public IReadOnlySet<string> Name(Scene scene, SplitMix64 random)
    {
        bool[] sounds = Sounding(scene);
        return Classes(scene).Where((_, i) => random.Chance(sounds[i] ? HitRate : FalseAlarmRate)).ToHashSet();
    }

    /// <summary>The classes in sight in an order that does not tell what sounds: those of two that look alike first, else from the left.</summary>
    public static string[] Classes(Scene scene)
    {
        Thing? kin = scene.Things.FirstOrDefault(t => t.LooksLike is not null);
        return [.. scene.FromTheLeft.OrderBy(t => IsKin(scene, kin, t) ? 0 : 1).Select(t => t.Class.Name).Distinct()];
    }

    /// <summary>Which of them sound in the clip.</summary>
    public static bool[] Sounding(Scene scene) => [.. Classes(scene).Select(c => scene.Things.Any(t => t.Class.Name == c && t.Sounds))];

    /// <summary>
    /// I(named ; sounding) in bits for a clip of so many classes: what somebody learns from the text of what sounds who sees the pictures, and knows how
    /// such clips are made. The channel is memoryless, so I = H(named) − Σ P(S) Σᵢ h(P(named | i sounds or not)).
    /// </summary>
    /// <param name="classes">How many.</param>
    /// <param name="kinship">Of the first two things.</param>
    public double Bits(int classes, Kinship kinship)
    {
        double[] named = new double[1 << classes];
        double given = 0;
        for (int sounding = 0; sounding < named.Length; sounding++)
        {
            double probability = Prior(sounding, classes, kinship);
            for (int i = 0; i < classes; i++)
                given += probability * Entropy(Rate(sounding, i)) + probability * Entropy(1 - Rate(sounding, i));
            for (int said = 0; said < named.Length; said++)
                named[said] += probability * Enumerable.Range(0, classes).Aggregate(
                    1.0, (p, i) => p * ((said >> i & 1) == 1 ? Rate(sounding, i) : 1 - Rate(sounding, i)));
        }
        return Math.Max(0, named.Sum(Entropy) - given);
    }

    /// <summary>The probability that exactly these classes sound, for whoever sees the pictures.</summary>
    /// <param name="sounding">A bit for each class in the order of <see cref="Classes"/>.</param>
    /// <param name="classes">How many.</param>
    /// <param name="kinship">Of the first two things.</param>
    public double Prior(int sounding, int classes, Kinship kinship)
    {
        // One of two that look alike sounds; two of a kind are one class, which sounds; else each may be the first.
        (int settled, double probability) = kinship switch
        {
            Kinship.LookAlikes => (2, (sounding & 3) is 1 or 2 ? 0.5 : 0),
            Kinship.TwoOfAKind => (1, (sounding & 1) == 1 ? 1.0 : 0),
            _ => (0, 1.0),
        };
        int free = classes - settled, loud = int.PopCount(sounding >> settled);
        return kinship == Kinship.None
            ? loud == 0 ? 0 : (double)loud / classes * Math.Pow(SoundsToo, loud - 1) * Math.Pow(1 - SoundsToo, classes - loud)
            : probability * Math.Pow(SoundsToo, loud) * Math.Pow(1 - SoundsToo, free - loud);
    }

    // Two of a kind are one class; it comes first.
    private static bool IsKin(Scene scene, Thing? kin, Thing thing) => scene.Kinship switch
    {
        Kinship.LookAlikes => thing == kin || thing.Class == kin?.LooksLike,
        Kinship.TwoOfAKind => scene.Things.Count(t => t.Class == thing.Class) > 1,
        _ => false,
    };

    private double Rate(int sounding, int i) => (sounding >> i & 1) == 1 ? HitRate : FalseAlarmRate;

    private static double Entropy(double probability) => probability <= 0 ? 0 : -probability * Math.Log2(probability);
}
