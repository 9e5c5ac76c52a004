using System.Numerics;
using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

/// <summary>Whatever <see cref="Vector{T}"/> is on this machine (NEON, SSE2, …): the path that runs everywhere.</summary>
public readonly unsafe struct PortableSimd : ISimd<Vector<float>>
{
    public static int Width => Vector<float>.Count;

    public static int TileRows => 6;

    public static Vector<float> Zero => Vector<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Broadcast(float x) => new(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* p) => Vector.Load(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, Vector<float> x) => x.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> FirstLanes(nint n) =>
        Vector.AsVectorSingle(Vector.LessThan(Vector<int>.Indices, new Vector<int>((int)n)));

    public static Vector<float> LoadMasked(float* p, Vector<float> mask)
    {
        if (Vector.EqualsAll(Vector.AsVectorInt32(mask), Vector<int>.AllBitsSet))
            return Vector.Load(p);
        float* lanes = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < Vector<float>.Count; i++)
            lanes[i] = Vector.AsVectorInt32(mask)[i] != 0 ? p[i] : 0f;
        return Vector.Load(lanes);
    }

    public static void StoreMasked(float* p, Vector<float> mask, Vector<float> x)
    {
        if (Vector.EqualsAll(Vector.AsVectorInt32(mask), Vector<int>.AllBitsSet))
        {
            x.Store(p);
            return;
        }
        for (int i = 0; i < Vector<float>.Count; i++)
            if (Vector.AsVectorInt32(mask)[i] != 0)
                p[i] = x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LoadBFloat16(ushort* p)
    {
        float* lanes = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < Vector<float>.Count; i++)
            lanes[i] = BFloat16.Widen(p[i]);
        return Vector.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LoadBytes(byte* p)
    {
        float* lanes = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < Vector<float>.Count; i++)
            lanes[i] = p[i];
        return Vector.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Add(Vector<float> a, Vector<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sub(Vector<float> a, Vector<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Mul(Vector<float> a, Vector<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Div(Vector<float> a, Vector<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Fma(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Max(Vector<float> a, Vector<float> b) => Vector.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Min(Vector<float> a, Vector<float> b) => Vector.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sqrt(Vector<float> a) => Vector.SquareRoot(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Abs(Vector<float> a) => Vector.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Round(Vector<float> a) => Vector.Round(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Scale(Vector<float> x, Vector<float> n)
    {
        n = Vector.Min(Vector.Max(n, new Vector<float>(-252f)), new Vector<float>(254f));
        Vector<int> i = Vector.ConvertToInt32(n);
        Vector<int> half = i >> 1;
        var bias = new Vector<int>(127);
        return x * Vector.AsVectorSingle((half + bias) << 23) * Vector.AsVectorSingle((i - half + bias) << 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Less(Vector<float> a, Vector<float> b) => Vector.AsVectorSingle(Vector.LessThan(a, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Select(Vector<float> mask, Vector<float> a, Vector<float> b) =>
        Vector.ConditionalSelect(Vector.AsVectorInt32(mask), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Mantissa, Vector<float> Exponent) Split(Vector<float> x)
    {
        Vector<int> bits = Vector.AsVectorInt32(x), exponent = (bits - new Vector<int>(IMath<Vector<float>>.RootHalf)) >> 23;
        return (Vector.AsVectorSingle(bits - (exponent << 23)), Vector.ConvertToSingle(exponent));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector<float> a) => Vector.Sum(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLane(Vector<float> a)
    {
        float m = a[0];
        for (int i = 1; i < Vector<float>.Count; i++)
            m = MathF.Max(m, a[i]);
        return m;
    }
}
