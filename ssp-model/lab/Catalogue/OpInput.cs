using System.Runtime.InteropServices;

namespace SspNative.Lab.Catalogue;

/// <summary>How to make a tensor that an operation reads.</summary>
/// <param name="Make">Makes it.</param>
/// <param name="Differentiable">Whether the operation has a gradient for it.</param>
internal sealed record OpInput(Func<Random, IDevice, Tensor> Make, bool Differentiable)
{
    /// <summary>Uniform values.</summary>
    public static OpInput Uniform(Shape shape, float low = -1f, float high = 1f) =>
        Of(shape, (random, _) => low + (high - low) * random.NextSingle());

    /// <summary>Values of −3 to 3.</summary>
    public static OpInput Wide(Shape shape) => Uniform(shape, -3f, 3f);

    /// <summary>Values of 0.5 to 2, for what has a pole at zero.</summary>
    public static OpInput Positive(Shape shape) => Uniform(shape, 0.5f, 2f);

    /// <summary>Values of either sign at least 0.1 away from zero, for what has a kink there.</summary>
    public static OpInput AwayFromZero(Shape shape) =>
        Of(shape, (random, _) => (0.1f + random.NextSingle()) * (random.Next(2) == 0 ? -1 : 1));

    /// <summary>One value everywhere.</summary>
    public static OpInput Full(Shape shape, float value) => Of(shape, (_, _) => value);

    /// <summary>1, −1, 1, ….</summary>
    public static OpInput Alternating(Shape shape) => Of(shape, (_, i) => i % 2 == 0 ? 1f : -1f);

    /// <summary>Values in random order no two of which are nearer than 0.05, for maxima.</summary>
    public static OpInput Distinct(Shape shape) => new(
        (random, device) =>
        {
            float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => 0.05f * (i - shape.Count / 2))];
            random.Shuffle(values);
            return Tensor.FromArray(values, shape, device);
        },
        Differentiable: true);

    /// <summary>Sampling positions from one pixel outside an image to one outside the other end, a quarter pixel away from all centres.</summary>
    /// <param name="shape">Any whose last dimension is (x, y).</param>
    /// <param name="position">Turns a pixel coordinate and the image's size along it into what the operation reads.</param>
    /// <param name="size">(H, W) at a flat element index.</param>
    public static OpInput Positions(Shape shape, Func<float, int, float> position, Func<long, (int H, int W)> size) => Of(shape, (random, i) =>
    {
        int length = i % 2 == 0 ? size(i).W : size(i).H;
        return position(random.Next(-1, length) + 0.25f + 0.5f * random.NextSingle(), length);
    });

    /// <summary>Indices below a bound.</summary>
    public static OpInput Indices(Shape shape, int bound) => new(
        (random, device) => Tensor.FromArray([.. Elements(shape).Select(_ => (long)random.Next(bound))], shape, device),
        Differentiable: false);

    /// <summary>These indices.</summary>
    public static OpInput IndicesOf(params long[] values) => new((_, device) => Tensor.FromArray(values, [values.Length], device), Differentiable: false);

    /// <summary>Bytes, about a third of them 1.</summary>
    public static OpInput Mask(Shape shape) => new(
        (random, device) => Tensor.FromArray([.. Elements(shape).Select(_ => (byte)(random.Next(3) == 0 ? 1 : 0))], shape, device),
        Differentiable: false);

    /// <summary>Uniform values of type bf16, which have no gradient.</summary>
    public static OpInput BFloat16(Shape shape) => new(
        (random, device) =>
        {
            ushort[] bits = [.. Elements(shape).Select(_ => Kernels.BFloat16.Round(2f * random.NextSingle() - 1f))];
            return Tensor.FromBytes(MemoryMarshal.AsBytes(bits.AsSpan()), shape, device, DType.BF16);
        },
        Differentiable: false);

    /// <summary>The same input, which the operation has no gradient for.</summary>
    public OpInput Constant() => this with { Differentiable = false };

    /// <summary>Each value from its place.</summary>
    public static OpInput Of(Shape shape, Func<Random, long, float> value) => new(
        (random, device) => Tensor.FromArray([.. Elements(shape).Select(i => value(random, i))], shape, device), Differentiable: true);

    private static IEnumerable<int> Elements(Shape shape) => Enumerable.Range(0, (int)shape.Count);
}
