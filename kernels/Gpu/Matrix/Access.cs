using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <summary>How four neighbouring elements are loaded.</summary>
internal interface IAccess<TSelf> where TSelf : struct, IAccess<TSelf>
{
    static abstract TSelf Over(ArrayView<float> view);

    /// <summary>The same elements, counted from another on.</summary>
    TSelf From(long offset);

    /// <summary>Element <paramref name="at"/> and the three after it; of which <paramref name="left"/> count. 0 where none does; the others may be anything.</summary>
    F4 Load(int at, int left);

    float this[int at] { get; }
}

/// <summary>One access of 16 bytes. Offsets and places are multiples of four; what is left is then all four or none.</summary>
internal readonly struct QuadAccess(ArrayView<F4> view) : IAccess<QuadAccess>
{
    private readonly ArrayView<F4> _view = view;

    public static QuadAccess Over(ArrayView<float> view) => new(view.Cast<F4>());

    public QuadAccess From(long offset) => new(_view.SubView(offset >> 2, _view.Length - (offset >> 2)));

    public F4 Load(int at, int left) => left > 0 ? _view[at >> 2] : default;

    public float this[int at] => _view.Cast<float>()[at];
}

/// <summary>Four accesses, at any place. Elements that are not left are 0.</summary>
internal readonly struct ScalarAccess(ArrayView<float> view) : IAccess<ScalarAccess>
{
    private readonly ArrayView<float> _view = view;

    public static ScalarAccess Over(ArrayView<float> view) => new(view);

    public ScalarAccess From(long offset) => new(_view.SubView(offset, _view.Length - offset));

    public F4 Load(int at, int left) => new(
        left > 0 ? _view[at] : 0f,
        left > 1 ? _view[at + 1] : 0f,
        left > 2 ? _view[at + 2] : 0f,
        left > 3 ? _view[at + 3] : 0f);

    public float this[int at] => _view[at];
}
