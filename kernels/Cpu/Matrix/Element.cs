using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SspNative.Kernels.Cpu;

/// <summary>A number as a stored matrix has it. Products are of float32, so it is widened as it is read.</summary>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    static abstract float Widen(TSelf x);

    static abstract Vector128<float> LoadFour(TSelf* p);

    /// <summary>A vector of them.</summary>
    static abstract TVec Load<TSimd, TVec>(TSelf* p)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct;
}

/// <summary>A float32.</summary>
internal readonly unsafe struct Float32Element(float value) : IElement<Float32Element>
{
    private readonly float _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(Float32Element x) => x._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFour(Float32Element* p) => Vector128.Load((float*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Load<TSimd, TVec>(Float32Element* p)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct => TSimd.Load((float*)p);
}

/// <summary>A <see cref="BFloat16"/>.</summary>
internal readonly unsafe struct BFloat16Element(ushort bits) : IElement<BFloat16Element>
{
    private readonly ushort _bits = bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(BFloat16Element x) => BFloat16.Widen(x._bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadFour(BFloat16Element* p) =>
        (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVec Load<TSimd, TVec>(BFloat16Element* p)
        where TSimd : struct, ISimd<TVec>
        where TVec : struct => TSimd.LoadBFloat16((ushort*)p);
}
