namespace SspNative.Kernels.Gpu;

/// <summary>Four integers, one for each row of a thread.</summary>
internal struct I4(int x, int y, int z, int w)
{
    public int X = x, Y = y, Z = z, W = w;
}
