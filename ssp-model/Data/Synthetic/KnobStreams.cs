namespace SspNative.Model.Data.Synthetic;

/// <summary>What draws numbers for a premise.</summary>
internal enum Knob
{
    Roles = 1,
    Camouflage,
    Text,
    Noise,
    Pan,
    SoundNoise,
}

/// <summary>A stream of numbers for every knob of a clip, so that turning one changes neither what others draw nor the clip itself.</summary>
/// <param name="seed">The set's seed.</param>
/// <param name="number">The clip's number.</param>
internal sealed class KnobStreams(ulong seed, int number)
{
    /// <summary>A stream from its start.</summary>
    public SplitMix64 this[Knob knob] => SplitMix64.Stream(seed ^ SplitMix64.Mix((ulong)knob), (ulong)number);
}
