namespace SspNative.Kernels.Gpu;

/// <summary>Two words that are loaded and stored by one access of 8 bytes.</summary>
internal struct U2(uint x, uint y)
{
    public uint X = x, Y = y;
}
