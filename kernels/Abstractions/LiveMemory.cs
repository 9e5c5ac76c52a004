namespace SspNative.Kernels;

/// <summary>Counts the live buffers of a device. Not for several threads at once: whoever holds it sees to that.</summary>
public sealed class LiveMemory
{
    /// <summary>How many there are.</summary>
    public int Buffers { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The most bytes since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>A buffer is made.</summary>
    public void Add(long bytes)
    {
        Buffers++;
        Bytes += bytes;
        PeakBytes = Math.Max(PeakBytes, Bytes);
    }

    /// <summary>A buffer is freed.</summary>
    public void Remove(long bytes)
    {
        Buffers--;
        Bytes -= bytes;
    }

    public void ResetPeak() => PeakBytes = Bytes;
}
