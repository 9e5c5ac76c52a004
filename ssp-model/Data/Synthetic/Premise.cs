using SspNative.Model.Config;

namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// What is so about the clips of a set besides chance: how motion, sight and text tell what sounds. Each knob that is left alone leaves the clips as
/// they are without it.
/// </summary>
public sealed record Premise : IValidated
{
    /// <summary>ρ = P(moves | sounds) − P(moves | silent), over things; null: both are coin flips.</summary>
    public double? MotionSoundCorrelation { get; init; }

    /// <summary>Share of the sounding things that keep still; null: (1 − ρ)/2, as for the silent things that move.</summary>
    public double? StillShare { get; init; }

    /// <summary>
    /// Whether what moves does so at the moments of its sound: from a frame to the next exactly where it sounds in one of the two. A silent thing that
    /// moves does so at moments drawn in the same way.
    /// </summary>
    public bool MotionWhileSounding { get; init; }

    /// <summary>κ, 0…1: how much of a thing's own colours gives way to the texture of the background, which then moves with the thing.</summary>
    public double Camouflage { get; init; }

    /// <summary>Share of clips with two things of different classes that look the same. The first sounds; the other never does.</summary>
    public double LookAlikes { get; init; }

    /// <summary>Share of clips with two things of one class that look the same. One sounds; the other never does.</summary>
    public double TwoOfAKind { get; init; }

    /// <summary>
    /// Probability that the text names a class as one that may sound if it does; with <see cref="TextFalseAlarmRate"/>. Null: text of the four
    /// observers, which names everything.
    /// </summary>
    public double? TextHitRate { get; init; }

    /// <summary>Probability that the text names a class as one that may sound although it is silent.</summary>
    public double? TextFalseAlarmRate { get; init; }

    /// <summary>Deviation of the normal noise of every pixel and channel, in levels of 255.</summary>
    public double Noise { get; init; }

    /// <summary>Speed of the camera in pixels a frame, of frames of 128 pixels. It swings to and fro in a direction of its own for each clip.</summary>
    public double Pan { get; init; }

    /// <summary>Share of clips whose background moves by itself.</summary>
    public double MovingBackground { get; init; } = 0.4;

    /// <summary>Power of the sound over that of pink noise, in decibels; null: a barely audible hiss.</summary>
    public double? Snr { get; init; }

    /// <summary>Probability that a further thing sounds, and then in the same seconds as the first; null: one half, in seconds of its own.</summary>
    public double? Overlap { get; init; }

    /// <summary>P(moves | sounds).</summary>
    internal double MovingIfSounding => 1 - (StillShare ?? (1 - (MotionSoundCorrelation ?? 0)) / 2);

    /// <summary>P(moves | silent).</summary>
    internal double MovingIfSilent => MovingIfSounding - (MotionSoundCorrelation ?? 0);

    /// <summary>Probability that a thing besides the first sounds.</summary>
    internal double SoundsToo => Overlap ?? 0.5;

    /// <summary>Whether it is settled before anything is placed which things move and sound.</summary>
    internal bool SetsRoles =>
        MotionSoundCorrelation is not null || StillShare is not null || MotionWhileSounding || Overlap is not null || LookAlikes > 0 || TwoOfAKind > 0;

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        var check = new MemberCheck(path);
        check.Range(MotionSoundCorrelation ?? 0, -1, 1, nameof(MotionSoundCorrelation));
        check.Range(StillShare ?? 0, 0, 1, nameof(StillShare));
        check.Range(Camouflage, 0, 1);
        check.Range(LookAlikes, 0, 1);
        check.Range(TwoOfAKind, 0, 1);
        check.Range(TextHitRate ?? 0, 0, 1, nameof(TextHitRate));
        check.Range(TextFalseAlarmRate ?? 0, 0, 1, nameof(TextFalseAlarmRate));
        check.Range(Noise, 0, 64);
        check.Range(Pan, 0, 8);
        check.Range(MovingBackground, 0, 1);
        check.Range(Snr ?? 0, -30, 60, nameof(Snr));
        check.Range(Overlap ?? 0, 0, 1, nameof(Overlap));
        if (LookAlikes + TwoOfAKind > 1)
            throw new InvalidDataException($"{path}look_alikes and {path}two_of_a_kind are shares of the clips; together they must be at most 1");
        if (TextHitRate is null != TextFalseAlarmRate is null)
            throw new InvalidDataException($"{path}text_hit_rate and {path}text_false_alarm_rate are given together or not at all");
        // A rounding error of the subtraction is no mistake of the user's.
        if (MovingIfSilent is < -1e-9 or > 1 + 1e-9)
            throw new InvalidDataException(
                $"{path}still_share and {path}motion_sound_correlation do not fit: "
                + "1 − still_share − correlation, the share of silent things that move, must be from 0 to 1");
    }
}
