namespace SspNative.Kernels.Gpu;

/// <summary>Four words that are loaded and stored by one access of 16 bytes.</summary>
internal struct U4(uint x, uint y, uint z, uint w)
{
    public uint X = x, Y = y, Z = z, W = w;
}
