using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>How four neighbouring elements are loaded.</summary>
internal interface IAccess<TSelf> where TSelf : struct, IAccess<TSelf>
{
    /// <summary>Four elements at a time are worth more than one: places are multiples of four.</summary>
    static abstract bool InQuads { get; }

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
internal readonly struct QuadAccess(ArrayView<F4> view) : IAccess<QuadAccess>
{
    private readonly ArrayView<F4> _view = view;

    public static bool InQuads => true;

    public static QuadAccess Over(ArrayView<float> view) => new(view.Cast<F4>());

    public QuadAccess From(long offset) => new(_view.SubView(offset >> 2, _view.Length - (offset >> 2)));

    public F4 Load(int at, bool inside, int left) => inside ? _view[at >> 2] : default;

    public float LoadOne(int at, bool inside) => inside ? _view.Cast<float>()[at] : 0f;
}

/// <summary>Four accesses, at any place. Elements that are not left are 0.</summary>
internal readonly struct ScalarAccess(ArrayView<float> view) : IAccess<ScalarAccess>
{
    private readonly ArrayView<float> _view = view;

    public static bool InQuads => false;

    public static ScalarAccess Over(ArrayView<float> view) => new(view);

    public ScalarAccess From(long offset) => new(_view.SubView(offset, _view.Length - offset));

    public F4 Load(int at, bool inside, int left) => new(
        inside ? _view[at] : 0f,
        inside & left > 1 ? _view[at + 1] : 0f,
        inside & left > 2 ? _view[at + 2] : 0f,
        inside & left > 3 ? _view[at + 3] : 0f);

    public float LoadOne(int at, bool inside) => inside ? _view[at] : 0f;
}
