using System.Runtime.CompilerServices;

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

    /// <summary>Every patch is one pixel, in order: the image is the matrix of its patches.</summary>
    public bool ArePixels =>
        Kh == 1 && Kw == 1 && Stride == 1 && Top == 0 && Left == 0 && PatchRows == H && PatchColumns == W;

    /// <summary>
    /// Floats that lie side by side in memory, a segment: a row of the window if all channels take part, otherwise one pixel.
    /// </summary>
    public int SegmentLength => PixelStride == Channels ? Kw * Channels : Channels;

    private int SegmentsPerKernelRow => PixelStride == Channels ? 1 : Kw;

    /// <summary>The window of a patch.</summary>
    public Window this[int patch]
    {
        get
        {
            (int rest, int j) = Math.DivRem(patch, PatchColumns);
            (int image, int i) = Math.DivRem(rest, PatchRows);
            return new Window(Image + (nint)image * H * W * PixelStride, i * Stride + Top, j * Stride + Left);
        }
    }

    /// <summary>
    /// Address of a segment of a window: in the image when all of it lies inside, otherwise put together in
    /// <paramref name="spare"/>, which has room for one segment.
    /// </summary>
    public float* Segment(Window window, int segment, float* spare)
    {
        int perRow = SegmentsPerKernelRow;
        (int ky, int kx) = perRow == 1 ? (segment, 0) : Math.DivRem(segment, perRow);
        int y = window.Y + ky, x = window.X + kx, pixels = perRow == 1 ? Kw : 1;
        float* source = window.Image + ((nint)y * W + x) * PixelStride;
        if ((uint)y < (uint)H && x >= 0 && x + pixels <= W)
            return source;
        int from = Math.Clamp(-x, 0, pixels), to = (uint)y < (uint)H ? Math.Clamp(W - x, from, pixels) : from;
        new Span<float>(spare, SegmentLength).Clear();
        int offset = from * Channels, count = (to - from) * Channels;
        new ReadOnlySpan<float>(source + offset, count).CopyTo(new Span<float>(spare + offset, count));
        return spare;
    }

    /// <summary>An image and the pixel in it where a patch starts, which may lie outside.</summary>
    public readonly struct Window(float* image, int y, int x)
    {
        public float* Image => image;

        public int Y => y;

        public int X => x;
    }
}

/// <summary>Patches as the rows of A: lanes are patches, k runs along them.</summary>
internal readonly unsafe struct PatchRows(Patches patches) : IPanelSource
{
    public void Pack(int lane, int count, int k, int kCount, int width, float* panels)
    {
        int length = patches.SegmentLength;
        using var scratch = Scratch.Open();
        float* spare = scratch.Floats((long)width * length);
        float** rows = stackalloc float*[Packing.MaxLanes];
        Patches.Window* windows = stackalloc Patches.Window[Packing.MaxLanes];
        for (int end = lane + count; lane < end; lane += width)
        {
            int lanes = Math.Min(width, end - lane);
            for (int i = 0; i < lanes; i++)
                windows[i] = patches[lane + i];
            for (int done = 0; done < kCount;)
            {
                (int segment, int offset) = Math.DivRem(k + done, length);
                int run = Math.Min(length - offset, kCount - done);
                for (int i = 0; i < lanes; i++)
                    rows[i] = patches.Segment(windows[i], segment, spare + (nint)i * length) + offset;
                Packing.Transposed(rows, lanes, run, width, panels);
                panels += (nint)run * width;
                done += run;
            }
        }
    }

    public float* InPlace(int lane, int k, out nint stride)
    {
        stride = 0;
        return null;
    }

    public void Prefetch(int lane, int k, int kCount)
    {
    }
}

/// <summary>Patches as the rows of B: lanes are the values of a patch, k runs over patches.</summary>
internal readonly unsafe struct PatchColumns(Patches patches) : IPanelSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(int lane, int count, int k, int kCount, int width, float* panels)
    {
        int length = patches.SegmentLength, padded = (count + width - 1) / width * width;
        nint panelLength = (nint)width * kCount;
        using var scratch = Scratch.Open();
        float* spare = scratch.Floats(length);
        for (int last = k + kCount; k < last; k++, panels += width)
        {
            // Segments of the patch on one side, panels on the other: copy up to whichever ends first.
            Patches.Window window = patches[k];
            int filled = 0;
            while (filled < count)
            {
                (int segment, int offset) = Math.DivRem(lane + filled, length);
                float* source = patches.Segment(window, segment, spare) + offset;
                int segmentEnd = Math.Min(filled + length - offset, count);
                while (filled < segmentEnd)
                {
                    (int panel, int at) = Math.DivRem(filled, width);
                    int run = Math.Min(width - at, segmentEnd - filled);
                    Packing.Copy(source, run, panels + panel * panelLength + at);
                    source += run;
                    filled += run;
                }
            }
            for (; filled < padded; filled++)
                panels[filled / width * panelLength + filled % width] = 0f;
        }
    }

    public float* InPlace(int lane, int k, out nint stride)
    {
        stride = 0;
        return null;
    }

    public void Prefetch(int lane, int k, int kCount)
    {
    }
}
