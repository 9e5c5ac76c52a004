namespace SspNative.Kernels.Gpu;

/// <summary>Four integers that are loaded and stored by one access of 16 bytes.</summary>
internal struct I4(int x, int y, int z, int w)
{
    public int X = x, Y = y, Z = z, W = w;

    /// <summary>How many of the first <paramref name="count"/> equal a value.</summary>
    public readonly int CountEqual(int value, int count) => (count > 0 && X == value ? 1 : 0) + (count > 1 && Y == value ? 1 : 0)
        + (count > 2 && Z == value ? 1 : 0) + (count > 3 && W == value ? 1 : 0);
}
