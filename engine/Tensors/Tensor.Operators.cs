namespace SspNative.Engine;

/// <summary>Arithmetic as it is written: the operators are <see cref="Ops"/> with broadcasting and gradients.</summary>
public sealed partial class Tensor
{
    public static Tensor operator +(Tensor a, Tensor b) => Ops.Add(a, b);

    public static Tensor operator +(Tensor a, float b) => Ops.Affine(a, 1f, b);

    public static Tensor operator +(float a, Tensor b) => Ops.Affine(b, 1f, a);

    public static Tensor operator -(Tensor a, Tensor b) => Ops.Sub(a, b);

    public static Tensor operator -(Tensor a, float b) => Ops.Affine(a, 1f, -b);

    public static Tensor operator -(float a, Tensor b) => Ops.Affine(b, -1f, a);

    public static Tensor operator -(Tensor a) => Ops.Neg(a);

    public static Tensor operator *(Tensor a, Tensor b) => Ops.Mul(a, b);

    public static Tensor operator *(Tensor a, float b) => Ops.Scale(a, b);

    public static Tensor operator *(float a, Tensor b) => Ops.Scale(b, a);

    public static Tensor operator /(Tensor a, Tensor b) => Ops.Div(a, b);

    public static Tensor operator /(Tensor a, float b)
    {
        // A true division: times the reciprocal would be rounded twice.
        using var scope = new TensorScope();
        return scope.Keep(Ops.Div(a, Full(Shape.Scalar, b, a.Device)));
    }

    public static Tensor operator /(float a, Tensor b)
    {
        using var scope = new TensorScope();
        return scope.Keep(Ops.Div(Full(Shape.Scalar, a, b.Device), b));
    }

    /// <summary>The tensor on another device: a copy, through which gradients pass back; on the same device the tensor itself.</summary>
    public Tensor To(IDevice device)
    {
        IDevice own = Device;
        if (device == own)
            return this;
        if (DType == DType.I64)
            return FromArray(Indices, Shape, device);
        Tensor copy = Empty(Shape, device, DType);
        byte[] chunk = new byte[(int)Math.Min(CopyBytes, Count * DType.Size())];
        for (long at = 0, left = Count * DType.Size(); left > 0; at += chunk.Length, left -= chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            own.CopyToHost(Buffer, part, at);
            device.CopyFromHost(part, copy.Buffer, at);
        }
        return GradientTape.Record("to", copy, [this], g => g.Add(0, g.Dy.To(own)));
    }

    // A copy between devices goes through so much of the host's memory.
    private const int CopyBytes = 1 << 20;
}
