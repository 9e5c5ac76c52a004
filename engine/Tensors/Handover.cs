namespace SspNative.Engine;

/// <summary>
/// What a caller gives away: whoever takes it frees it as soon as it has been read, and the caller may not use it afterwards. A parameter of this type is
/// the only way to free a tensor of one's caller.
/// </summary>
/// <param name="Value">A tensor or several.</param>
/// <example><code>
/// Tensor y = attention.Forward(norm.Forward(x).HandOver());   // the normalised map is freed inside
/// </code></example>
public readonly record struct Handover<T>(T Value);

/// <summary>Giving tensors away.</summary>
public static class HandoverExtensions
{
    /// <summary>Gives a tensor away; see <see cref="Handover{T}"/>.</summary>
    public static Handover<Tensor> HandOver(this Tensor tensor) => new(tensor);

    /// <summary>Gives several tensors away; see <see cref="Handover{T}"/>.</summary>
    public static Handover<IReadOnlyList<Tensor>> HandOver(this IReadOnlyList<Tensor> tensors) => new(tensors);
}
