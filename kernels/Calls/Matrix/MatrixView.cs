namespace SspNative.Kernels;

/// <summary>
/// A matrix inside a buffer: rows of <paramref name="Stride"/> elements from <paramref name="Offset"/> on. When
/// <paramref name="Transposed"/>, what is stored is the transpose of what the product uses.
/// </summary>
public readonly record struct MatrixView(DeviceBuffer Buffer, long Offset, int Stride, bool Transposed = false)
{
    /// <summary>The elements of the matrix that the product uses, of so many rows and columns.</summary>
    public StridedLayout Layout(int rows, int columns) => Transposed
        ? new(Offset, new LayoutAxis(columns, Stride), new LayoutAxis(rows, 1))
        : new(Offset, new LayoutAxis(rows, Stride), new LayoutAxis(columns, 1));
}
