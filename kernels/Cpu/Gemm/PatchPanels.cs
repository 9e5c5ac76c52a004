namespace SspNative.Kernels.Cpu;

/// <summary>
/// The patches of an image x (B,H,W,C) that a convolution multiplies: patch p = (b, i, j) is the window of Kh×Kw pixels at
/// (i·Stride + Top, j·Stride + Left), read as one row of Kh·Kw·Channels values in the order (ky, kx, channel). Pixels
/// outside the image are zero. No row is ever stored: panels are gathered from the image as they are packed.
/// </summary>
internal readonly unsafe struct Patches
{
    public required float* Image { get; init; }

    public required int H { get; init; }

    public required int W { get; init; }

    /// <summary>Floats from one pixel to the next.</summary>
    public required int PixelStride { get; init; }

    /// <summary>Channels that take part, the first at <see cref="Image"/>: those of one group.</summary>
    public required int Channels { get; init; }

    public required int Kh { get; init; }

    public required int Kw { get; init; }

    /// <summary>Row of the image where the first patch starts; negative by the padding.</summary>
    public required int Top { get; init; }

    /// <summary>Column of the image where the first patch starts.</summary>
    public required int Left { get; init; }

    public required int Stride { get; init; }

    /// <summary>Rows of patches in an image.</summary>
    public required int PatchRows { get; init; }

    /// <summary>Patches in such a row.</summary>
    public required int PatchColumns { get; init; }

    public int RowLength => Kh * SegmentsPerKernelRow * SegmentLength;

    // What lies side by side in memory: a whole row of the window if all channels take part, otherwise one pixel of it.
    public int SegmentLength => PixelStride == Channels ? Kw * Channels : Channels;

    private int SegmentsPerKernelRow => PixelStride == Channels ? 1 : Kw;

    /// <summary>
    /// Address of a segment of a patch: in the image when all of it lies inside, otherwise put together in
    /// <paramref name="spare"/>, which has room for one segment.
    /// </summary>
    public float* Segment(int patch, int segment, float* spare)
    {
        (int rest, int j) = Math.DivRem(patch, PatchColumns);
        (int image, int i) = Math.DivRem(rest, PatchRows);
        (int ky, int kx) = Math.DivRem(segment, SegmentsPerKernelRow);
        int y = i * Stride + Top + ky, x = j * Stride + Left + kx;
        int pixels = SegmentLength / Channels;
        float* source = Image + (((nint)image * H + y) * W + x) * PixelStride;
        if ((uint)y < (uint)H && x >= 0 && x + pixels <= W)
            return source;
        int from = Math.Clamp(-x, 0, pixels), to = (uint)y < (uint)H ? Math.Clamp(W - x, from, pixels) : from;
        new Span<float>(spare, SegmentLength).Clear();
        int offset = from * Channels, count = (to - from) * Channels;
        new ReadOnlySpan<float>(source + offset, count).CopyTo(new Span<float>(spare + offset, count));
        return spare;
    }
}

/// <summary>Patches as the rows of A: lanes are patches, k runs along them.</summary>
internal readonly unsafe struct PatchRows(Patches patches) : IPanelSource
{
    public void Pack(int lane, int count, int k, int kCount, int width, float* panel)
    {
        int length = patches.SegmentLength;
        using var scratch = Scratch.Open();
        float* spare = scratch.Floats((long)count * length);
        float** rows = stackalloc float*[Packing.MaxLanes];
        for (int end = k + kCount; k < end;)
        {
            (int segment, int offset) = Math.DivRem(k, length);
            int run = Math.Min(length - offset, end - k);
            for (int i = 0; i < count; i++)
                rows[i] = patches.Segment(lane + i, segment, spare + (nint)i * length) + offset;
            Packing.Transposed(rows, count, run, width, panel);
            panel += (nint)run * width;
            k += run;
        }
    }

    public float* InPlace(int lane, int k, out nint stride)
    {
        stride = 0;
        return null;
    }
}

/// <summary>Patches as the rows of B: lanes are the values of a patch, k runs over patches.</summary>
internal readonly unsafe struct PatchColumns(Patches patches) : IPanelSource
{
    public void Pack(int lane, int count, int k, int kCount, int width, float* panel)
    {
        int length = patches.SegmentLength;
        using var scratch = Scratch.Open();
        float* spare = scratch.Floats(length);
        for (int end = k + kCount; k < end; k++, panel += width)
        {
            int filled = 0;
            while (filled < count)
            {
                (int segment, int offset) = Math.DivRem(lane + filled, length);
                int run = Math.Min(length - offset, count - filled);
                float* source = patches.Segment(k, segment, spare) + offset;
                new ReadOnlySpan<float>(source, run).CopyTo(new Span<float>(panel + filled, run));
                filled += run;
            }
            new Span<float>(panel + count, width - count).Clear();
        }
    }

    public float* InPlace(int lane, int k, out nint stride)
    {
        stride = 0;
        return null;
    }
}
