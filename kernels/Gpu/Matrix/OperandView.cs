using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>How four neighbouring elements are loaded, of whatever type they are stored in.</summary>
internal interface IOperandView<TSelf> where TSelf : struct, IOperandView<TSelf>
{
    /// <summary>Four elements at a time are worth more than one: places are multiples of four.</summary>
    static abstract bool InQuads { get; }

    /// <param name="view">The elements, taken for floats.</param>
    static abstract TSelf Over(ArrayView<float> view);

    /// <summary>The same elements, counted from another on.</summary>
    TSelf From(long offset);

    /// <summary>
    /// Element <paramref name="at"/> and the three after it; 0 unless <paramref name="inside"/>. Only <paramref name="left"/> of them, one or more, are
    /// there; the others may be anything.
    /// </summary>
    F4 Load(int at, bool inside, int left);

    /// <summary>One element, or 0.</summary>
    float LoadOne(int at, bool inside);
}

/// <summary>One access of 16 bytes. Offsets and places are multiples of four.</summary>
internal readonly struct QuadView(ArrayView<F4> view) : IOperandView<QuadView>
{
    private readonly ArrayView<F4> _view = view;

    public static bool InQuads => true;

    public static QuadView Over(ArrayView<float> view) => new(view.Cast<F4>());

    public QuadView From(long offset) => new(_view.SubView(offset >> 2, _view.Length - (offset >> 2)));

    public F4 Load(int at, bool inside, int left) => inside ? _view[at >> 2] : default;

    public float LoadOne(int at, bool inside) => inside ? _view.Cast<float>()[at] : 0f;
}

/// <summary>Four accesses, at any place. Elements that are not left are 0.</summary>
internal readonly struct ScalarView(ArrayView<float> view) : IOperandView<ScalarView>
{
    private readonly ArrayView<float> _view = view;

    public static bool InQuads => false;

    public static ScalarView Over(ArrayView<float> view) => new(view);

    public ScalarView From(long offset) => new(_view.SubView(offset, _view.Length - offset));

    public F4 Load(int at, bool inside, int left) => new(
        inside ? _view[at] : 0f,
        inside & left > 1 ? _view[at + 1] : 0f,
        inside & left > 2 ? _view[at + 2] : 0f,
        inside & left > 3 ? _view[at + 3] : 0f);

    public float LoadOne(int at, bool inside) => inside ? _view[at] : 0f;
}

/// <summary>One access of 8 bytes, of four bf16 that are widened. Offsets and places are multiples of four.</summary>
internal readonly struct BFloat16QuadView(ArrayView<U2> view) : IOperandView<BFloat16QuadView>
{
    private readonly ArrayView<U2> _view = view;

    public static bool InQuads => true;

    public static BFloat16QuadView Over(ArrayView<float> view) => new(view.Cast<U2>());

    public BFloat16QuadView From(long offset) => new(_view.SubView(offset >> 2, _view.Length - (offset >> 2)));

    public F4 Load(int at, bool inside, int left)
    {
        // Widened after the choice, which then keeps two registers instead of four.
        U2 pairs = inside ? _view[at >> 2] : default;
        return new F4(
            Interop.IntAsFloat(pairs.X << 16), Interop.IntAsFloat(pairs.X & 0xFFFF0000),
            Interop.IntAsFloat(pairs.Y << 16), Interop.IntAsFloat(pairs.Y & 0xFFFF0000));
    }

    public float LoadOne(int at, bool inside) => inside ? BFloat16.Widen(_view.Cast<ushort>()[at]) : 0f;
}

/// <summary>Four accesses to bf16, at any place. Elements that are not left are 0.</summary>
internal readonly struct BFloat16ScalarView(ArrayView<ushort> view) : IOperandView<BFloat16ScalarView>
{
    private readonly ArrayView<ushort> _view = view;

    public static bool InQuads => false;

    public static BFloat16ScalarView Over(ArrayView<float> view) => new(view.Cast<ushort>());

    public BFloat16ScalarView From(long offset) => new(_view.SubView(offset, _view.Length - offset));

    public F4 Load(int at, bool inside, int left) => new(
        LoadOne(at, inside), LoadOne(at + 1, inside & left > 1), LoadOne(at + 2, inside & left > 2), LoadOne(at + 3, inside & left > 3));

    public float LoadOne(int at, bool inside) => inside ? BFloat16.Widen(_view[at]) : 0f;
}
