using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>Neighbouring values that a thread holds in registers, in quads.</summary>
internal interface ILanes<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Quads of the value.</summary>
    static abstract int Quads { get; }

    /// <summary>The quads at <paramref name="at"/>, at + step, at + 2·step ….</summary>
    static abstract TSelf Load(ArrayView<F4> from, int at, int step);

    /// <summary>Stores quads at elements at, at + step … of a row, which has <paramref name="count"/> elements from <paramref name="at"/> on.</summary>
    static abstract void Store<TAccess>(ArrayView<float> to, int at, int count, int step, TSelf x) where TAccess : struct, IQuadAccess;

    /// <summary>a·b + c.</summary>
    static abstract TSelf Fma(float a, TSelf b, TSelf c);
}

/// <summary>Four values.</summary>
internal struct Lanes4 : ILanes<Lanes4>
{
    public F4 Quad;

    public static int Quads => 1;

    public static Lanes4 Load(ArrayView<F4> from, int at, int step) => new() { Quad = from[at] };

    public static void Store<TAccess>(ArrayView<float> to, int at, int count, int step, Lanes4 x) where TAccess : struct, IQuadAccess =>
        TAccess.Store(to, at, count, x.Quad);

    public static Lanes4 Fma(float a, Lanes4 b, Lanes4 c) => new() { Quad = F4.Fma(a, b.Quad, c.Quad) };
}

/// <summary>Twice as many values.</summary>
internal struct Twice<T> : ILanes<Twice<T>>
    where T : unmanaged, ILanes<T>
{
    public T Low, High;

    public static int Quads => 2 * T.Quads;

    public static Twice<T> Load(ArrayView<F4> from, int at, int step) =>
        new() { Low = T.Load(from, at, step), High = T.Load(from, at + step * T.Quads, step) };

    public static void Store<TAccess>(ArrayView<float> to, int at, int count, int step, Twice<T> x)
        where TAccess : struct, IQuadAccess
    {
        T.Store<TAccess>(to, at, count, step, x.Low);
        T.Store<TAccess>(to, at + step * T.Quads, count - step * T.Quads, step, x.High);
    }

    public static Twice<T> Fma(float a, Twice<T> b, Twice<T> c) => new() { Low = T.Fma(a, b.Low, c.Low), High = T.Fma(a, b.High, c.High) };
}
