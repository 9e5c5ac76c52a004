using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Neighbouring channels of a pixel that a thread works on. Places in a buffer are counted in them.</summary>
internal interface IChannels<TSelf>
    where TSelf : unmanaged, IChannels<TSelf>
{
    /// <summary>How many they are.</summary>
    static abstract int Count { get; }

    static abstract TSelf Broadcast(float x);

    static abstract TSelf Load(ArrayView<float> from, int at);

    static abstract void Store(ArrayView<float> to, int at, TSelf x);

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf Mul(float a, TSelf b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TSelf Fma(float a, TSelf b, TSelf c);

    /// <summary>a·b + c, rounded as the CPU rounds it along a row of pixels: once, but twice where a pixel has one channel.</summary>
    static abstract TSelf Accumulate(float a, TSelf b, TSelf c);

    /// <summary>Σ a·b + c.</summary>
    static abstract float Dot(TSelf a, TSelf b, float c);
}

/// <summary>Four channels, for pixels of a multiple of four.</summary>
internal readonly struct FourChannels(F4 values) : IChannels<FourChannels>
{
    private readonly F4 _values = values;

    public static int Count => 4;

    public static FourChannels Broadcast(float x) => new(F4.Broadcast(x));

    public static FourChannels Load(ArrayView<float> from, int at) => new(from.Cast<F4>()[at]);

    public static void Store(ArrayView<float> to, int at, FourChannels x) => to.Cast<F4>()[at] = x._values;

    public static FourChannels Add(FourChannels a, FourChannels b) => new(new F4(
        Instructions.Add(a._values.X, b._values.X), Instructions.Add(a._values.Y, b._values.Y),
        Instructions.Add(a._values.Z, b._values.Z), Instructions.Add(a._values.W, b._values.W)));

    public static FourChannels Mul(float a, FourChannels b) => new(new F4(
        Instructions.Mul(a, b._values.X), Instructions.Mul(a, b._values.Y), Instructions.Mul(a, b._values.Z), Instructions.Mul(a, b._values.W)));

    public static FourChannels Fma(float a, FourChannels b, FourChannels c) => new(F4.Fma(a, b._values, c._values));

    public static FourChannels Accumulate(float a, FourChannels b, FourChannels c) => Fma(a, b, c);

    public static float Dot(FourChannels a, FourChannels b, float c)
    {
        c = Instructions.Fma(a._values.X, b._values.X, c);
        c = Instructions.Fma(a._values.Y, b._values.Y, c);
        c = Instructions.Fma(a._values.Z, b._values.Z, c);
        return Instructions.Fma(a._values.W, b._values.W, c);
    }
}

/// <summary>One channel of several.</summary>
internal readonly struct OneChannel(float value) : IChannels<OneChannel>
{
    private readonly float _value = value;

    public static int Count => 1;

    public static OneChannel Broadcast(float x) => new(x);

    public static OneChannel Load(ArrayView<float> from, int at) => new(from[at]);

    public static void Store(ArrayView<float> to, int at, OneChannel x) => to[at] = x._value;

    public static OneChannel Add(OneChannel a, OneChannel b) => new(Instructions.Add(a._value, b._value));

    public static OneChannel Mul(float a, OneChannel b) => new(Instructions.Mul(a, b._value));

    public static OneChannel Fma(float a, OneChannel b, OneChannel c) => new(Instructions.Fma(a, b._value, c._value));

    public static OneChannel Accumulate(float a, OneChannel b, OneChannel c) => Fma(a, b, c);

    public static float Dot(OneChannel a, OneChannel b, float c) => Instructions.Fma(a._value, b._value, c);
}

/// <summary>The only channel of a pixel.</summary>
internal readonly struct LoneChannel(float value) : IChannels<LoneChannel>
{
    private readonly float _value = value;

    public static int Count => 1;

    public static LoneChannel Broadcast(float x) => new(x);

    public static LoneChannel Load(ArrayView<float> from, int at) => new(from[at]);

    public static void Store(ArrayView<float> to, int at, LoneChannel x) => to[at] = x._value;

    public static LoneChannel Add(LoneChannel a, LoneChannel b) => new(Instructions.Add(a._value, b._value));

    public static LoneChannel Mul(float a, LoneChannel b) => new(Instructions.Mul(a, b._value));

    public static LoneChannel Fma(float a, LoneChannel b, LoneChannel c) => new(Instructions.Fma(a, b._value, c._value));

    public static LoneChannel Accumulate(float a, LoneChannel b, LoneChannel c) => Add(Mul(a, b), c);

    public static float Dot(LoneChannel a, LoneChannel b, float c) => Instructions.Fma(a._value, b._value, c);
}
