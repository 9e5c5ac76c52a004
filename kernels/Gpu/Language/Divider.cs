using System.Numerics;

namespace SspNative.Kernels.Gpu;

/// <summary>Divides numbers from 0 to 2³¹ − 1 by one that is known at launch: a product and a shift, where a division takes some twenty instructions.</summary>
internal readonly struct Divider
{
    private readonly uint _multiplier;
    private readonly int _shift;

    /// <param name="divisor">1 or more.</param>
    public Divider(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        Divisor = divisor;
        // The least shift with 2^shift ≥ divisor; then ⌊2³² · (2^shift − divisor) / divisor⌋ + 1 is exact (Granlund and Montgomery, 1994).
        _shift = 32 - BitOperations.LeadingZeroCount((uint)divisor - 1);
        _multiplier = (uint)((((1UL << _shift) - (ulong)divisor) << 32) / (ulong)divisor + 1);
    }

    public int Divisor { get; }

    /// <summary>⌊n / divisor⌋.</summary>
    public int Quotient(int n) => (int)((Instructions.MultiplyHigh((uint)n, _multiplier) + (uint)n) >> _shift);

    /// <summary>⌊n / divisor⌋ and what is left.</summary>
    public (int Quotient, int Remainder) Divide(int n)
    {
        int quotient = Quotient(n);
        return (quotient, n - quotient * Divisor);
    }
}
