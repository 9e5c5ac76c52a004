using System.Text.Json.Serialization;

namespace SspNative.Lab.Benchmarking;

/// <summary>What a device can do at best: the roof over every kernel.</summary>
[JsonDerivedType(typeof(Roof))]
[JsonDerivedType(typeof(DeviceRoof))]
public interface IRoof
{
    /// <summary>Floating-point operations a second.</summary>
    double Flops { get; }

    /// <summary>Bytes a second, by the store that they come from, the slowest first.</summary>
    [JsonIgnore]
    IReadOnlyList<(string Store, double BytesPerSecond)> Bandwidths { get; }

    /// <summary>The share of the processors, 0 … 1, that other programs took while it was measured; null where that is not known or does not matter.</summary>
    [JsonIgnore]
    double? Others => null;

    /// <summary>The least time that work can take, and what bounds it: <c>compute</c>, or a store.</summary>
    /// <param name="flops">Floating-point operations.</param>
    /// <param name="bytes">Bytes read and written if each operand is touched once.</param>
    (string Bound, double Seconds) LeastTime(double flops, double bytes);
}

/// <summary>The roof of a device that is not the processor.</summary>
/// <param name="Flops">Floating-point operations a second of multiply-adds on registers.</param>
/// <param name="Memory">Bytes a second of a copy in its memory, both ways counted.</param>
/// <param name="Launch">Seconds of a kernel that does next to nothing.</param>
public sealed record DeviceRoof(double Flops, double Memory, double Launch) : IRoof
{
    IReadOnlyList<(string Store, double BytesPerSecond)> IRoof.Bandwidths => [("memory", Memory)];

    public (string Bound, double Seconds) LeastTime(double flops, double bytes)
    {
        double computing = flops / Flops, moving = bytes / Memory;
        return computing >= moving ? ("compute", computing) : ("memory", moving);
    }
}
