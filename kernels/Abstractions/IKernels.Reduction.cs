namespace SspNative.Kernels;

public partial interface IKernels
{
    /// <summary>y (outer, inner) = Σ over the middle of x (outer, reduced, inner), times <paramref name="scale"/>.</summary>
    void Sum(DeviceBuffer x, DeviceBuffer y, long outer, long reduced, long inner, float scale);

    /// <summary>
    /// y (outer, inner) = max over the middle of x (outer, reduced, inner); <paramref name="indices"/> (I64) holds the
    /// position of the first maximum. NaN is ordered like +∞.
    /// </summary>
    void Max(DeviceBuffer x, DeviceBuffer y, DeviceBuffer indices, long outer, long reduced, long inner);

    /// <summary>dx is dy at the recorded maxima and zero elsewhere.</summary>
    void MaxBackward(DeviceBuffer dy, DeviceBuffer indices, DeviceBuffer dx, long outer, long reduced, long inner);

    /// <summary>Σ x² in double precision, in an order that does not depend on the number of threads.</summary>
    double SumOfSquares(DeviceBuffer x, long count);

    /// <summary>Whether every element is finite.</summary>
    bool AllFinite(DeviceBuffer x, long count);

    /// <summary>Softmax (or its logarithm) of each row of x (rows, columns).</summary>
    void Softmax(DeviceBuffer x, DeviceBuffer y, long rows, int columns, bool logarithm);

    void SoftmaxBackward(DeviceBuffer y, DeviceBuffer dy, DeviceBuffer dx, long rows, int columns, bool logarithm);
}
