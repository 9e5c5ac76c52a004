namespace SspNative.Kernels;

public partial interface IKernels
{
    /// <summary>
    /// y = (x − mean)/√(var + eps)·weight + bias over the last dimension of x (rows, C). <paramref name="mean"/> and
    /// <paramref name="rstd"/> (rows), if given, are kept for the backward pass.
    /// </summary>
    void LayerNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer? mean, DeviceBuffer? rstd,
        long rows, int channels, float epsilon);

    void LayerNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, long rows, int channels);

    /// <summary>Group normalisation of x (B, P, C), channels-last; mean and rstd are (B, groups).</summary>
    void GroupNorm(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer bias, DeviceBuffer y, DeviceBuffer mean, DeviceBuffer rstd,
        int batch, long positions, int channels, int groups, float epsilon);

    void GroupNormBackward(
        DeviceBuffer x, DeviceBuffer weight, DeviceBuffer mean, DeviceBuffer rstd, DeviceBuffer dy,
        DeviceBuffer dx, DeviceBuffer dWeight, DeviceBuffer dBias, int batch, long positions, int channels, int groups);
}
