namespace SspNative.Model.Data.Synthetic;

/// <summary>What a thing does in a clip.</summary>
/// <param name="Moves">Whether it moves at all.</param>
/// <param name="Sounding">For each frame whether it sounds then.</param>
/// <param name="Steps">For each frame whether it moves on from there, if it moves.</param>
internal sealed record ThingRole(bool Moves, bool[] Sounding, bool[] Steps)
{
    private const double SoundsThroughout = 0.55;

    /// <summary>The most things that sound in a clip.</summary>
    public const int MostThings = 3;

    /// <summary>
    /// The roles of the things of a clip, the first of which surely sounds, and after <see cref="MostThings"/> of those of what never sounds.
    /// </summary>
    public static ThingRole[] Sample(Premise premise, Kinship kinship, int frames, int count, SplitMix64 random)
    {
        var roles = new ThingRole[count];
        for (int i = 0; i < count; i++)
        {
            bool mute = i >= MostThings || (i == 1 && kinship != Kinship.None);
            bool sounds = i == 0 || (!mute & random.Chance(premise.SoundsToo));
            bool[] sounding = sounds && i > 0 && premise.Overlap is not null ? roles[0].Sounding : SampleSounding(frames, sounds, random);
            bool[] moments = sounds ? sounding : SampleSounding(frames, true, random);
            roles[i] = new ThingRole(
                random.Chance(sounds ? premise.MovingIfSounding : premise.MovingIfSilent), sounding,
                [.. moments.Select((m, t) => !premise.MotionWhileSounding || m || (t + 1 < frames && moments[t + 1]))]);
        }
        return roles;
    }

    /// <summary>Half of the seconds or so in one piece, or all of them; none for what is silent.</summary>
    public static bool[] SampleSounding(int frames, bool sounds, SplitMix64 random)
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
}
