using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <remarks>
/// Pixels x̂ of a grid are never made. With z̃, a latent z less its mean over channels, z·x̂ = (z̃·[f ; R + C])/σ: the mean of the pixel drops out, what
/// z̃ makes of a row and of a column is a product of its own before all pixels, and only the features f are contracted pixel by pixel.
/// </remarks>
internal sealed partial class GpuKernels
{
    /// <summary>1/σ of every pixel, (B,H,W).</summary>
    private void PixelScales(
        DeviceBuffer features, DeviceBuffer rows, DeviceBuffer columns, ArrayView<float> scales, int images, int height, int width, int channels,
        int positions, float epsilon)
    {
        int pixels = checked(images * height * width);
        _ = checked(pixels * channels);
        device.Run(
            new PixelScalesKernel(Floats(features), Floats(rows), Floats(columns), scales, pixels, height, width, channels, positions, epsilon),
            Groups(pixels, RowReduce<Threads8>.Rows));
    }

    /// <summary>factor · z̃ of rows (N,C+E), taken apart into features (N,C) and positions (N,E).</summary>
    private void Centre(DeviceBuffer latents, int rows, int channels, int positions, float factor, ArrayView<float> features, ArrayView<float> places)
    {
        _ = checked(rows * (channels + positions));
        device.Run(
            new CentreKernel(Floats(latents), rows, channels, positions, factor, features, channels, places, positions),
            Groups(rows, RowReduce<Threads8>.Rows));
    }

    /// <summary>What positions (B,N,E) of latents make of a table (T,E): element (b,n,t) of the result is at (b·N + n)·T + t, or (b·T + t)·N + n.</summary>
    private void PositionScores(
        ArrayView<float> latents, DeviceBuffer table, ArrayView<float> scores, int images, int count, int entries, int positions, bool entriesFirst)
    {
        _ = checked(images * count * entries);
        (int latentStride, int entryStride) = entriesFirst ? (1, count) : (entries, 1);
        int blocks = (int)Groups(count, PositionScoresKernel.Own);
        device.Run(
            new PositionScoresKernel(latents, Floats(table), scores, count, entries, positions, latentStride, entryStride, blocks),
            (long)blocks * images, (int)Groups(entries, AttentionTile<Lanes4>.Others));
    }
}

/// <summary>1/√(variance + ε) over the channels [f ; Rᵢ + Cⱼ] of a pixel, eight threads each.</summary>
internal readonly struct PixelScalesKernel(
    ArrayView<float> features, ArrayView<float> rows, ArrayView<float> columns, ArrayView<float> scales, int pixels, int height, int width, int channels,
    int positions, float epsilon) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads8>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads8>.GroupSize);
        int pixel = RowReduce<Threads8>.Row, lane = RowReduce<Threads8>.Lane, at = IntrinsicMath.Min(pixel, pixels - 1);
        int line = at / width, row = line % height * positions, column = (at - line * width) * positions;
        float sum = 0f, squares = 0f;
        for (int c = lane; c < channels; c += Threads8.Count)
            sum += features[at * channels + c];
        for (int e = lane; e < positions; e += Threads8.Count)
            sum += rows[row + e] + columns[column + e];
        float mean = RowReduce<Threads8>.All<float, FloatSum>(sum, scratch) / (channels + positions);
        for (int c = lane; c < channels; c += Threads8.Count)
            squares = Square(features[at * channels + c] - mean, squares);
        for (int e = lane; e < positions; e += Threads8.Count)
            squares = Square(rows[row + e] + columns[column + e] - mean, squares);
        squares = RowReduce<Threads8>.All<float, FloatSum>(squares, scratch);
        if (pixel < pixels && lane == 0)
            scales[pixel] = 1f / Instructions.Sqrt(squares / (channels + positions) + epsilon);
    }

    private static float Square(float x, float sum) => Instructions.Fma(x, x, sum);
}

/// <summary>factor · (x − mean of its row) of rows of channels and positions, which may be stored apart, or where they were; eight threads a row.</summary>
internal readonly struct CentreKernel(
    ArrayView<float> x, int rows, int channels, int positions, float factor, ArrayView<float> features, int featureStride, ArrayView<float> places,
    int placeStride) : IGpuKernel
{
    public static int GroupSize => RowReduce<Threads8>.GroupSize;

    public void Run()
    {
        ArrayView<float> scratch = SharedMemory.Allocate<float>(RowReduce<Threads8>.GroupSize);
        int row = RowReduce<Threads8>.Row, lane = RowReduce<Threads8>.Lane, all = channels + positions, first = row * all;
        float sum = 0f;
        if (row < rows)
            for (int c = lane; c < all; c += Threads8.Count)
                sum += x[first + c];
        float mean = RowReduce<Threads8>.All<float, FloatSum>(sum, scratch) / all;
        if (row >= rows)
            return;
        for (int c = lane; c < channels; c += Threads8.Count)
            features[row * featureStride + c] = factor * (x[first + c] - mean);
        for (int e = lane; e < positions; e += Threads8.Count)
            places[row * placeStride + e] = factor * (x[first + channels + e] - mean);
    }
}

/// <summary>Products of rows of positions with the rows of a table, 64 by 32 a group of threads.</summary>
internal readonly struct PositionScoresKernel(
    ArrayView<float> latents, ArrayView<float> table, ArrayView<float> scores, int count, int entries, int positions, int latentStride, int entryStride,
    int blocks) : IGpuKernel
{
    public const int Own = 64;

    private const int Step = Own / 4, Others = AttentionTile<Lanes4>.Others;

    public static int GroupSize => 2 * Own;

    public static int GroupsPerMultiprocessor => 4;

    public void Run()
    {
        ArrayView<F4> own = SharedMemory.Allocate<F4>(Own * 9), others = SharedMemory.Allocate<F4>(Others * 9);
        ArrayView<int> rows = SharedMemory.Allocate<int>(Own), entryRows = SharedMemory.Allocate<int>(Others);
        int t = Group.IdxX, tx = t & 7, ty = t >> 3, image = Grid.IdxX / blocks, first = (Grid.IdxX - image * blocks) * Own, entry = Grid.IdxY * Others;
        if (t < Own)
            rows[t] = (image * count + IntrinsicMath.Min(first + t, count - 1)) * positions;
        if (t < Others)
            entryRows[t] = IntrinsicMath.Min(entry + t, entries - 1) * positions;
        Rows4<Lanes4> s = default;
        for (int d = 0; d < positions; d += AttentionTile<Lanes4>.Width)
        {
            Instructions.Barrier();
            AttentionTile<Lanes4>.Load<SingleFloats>(latents, rows, Own, Own, d, positions, GroupSize, own);
            AttentionTile<Lanes4>.Load<SingleFloats>(table, entryRows, Others, Others, d, positions, GroupSize, others);
            Instructions.Barrier();
            s = AttentionTile<Lanes4>.Dots(own, Step, others, ty, tx, s);
        }
        int at = image * count * entries;
        Store(at, first + ty, entry + tx, s.R0.Quad);
        Store(at, first + ty + Step, entry + tx, s.R1.Quad);
        Store(at, first + ty + 2 * Step, entry + tx, s.R2.Quad);
        Store(at, first + ty + 3 * Step, entry + tx, s.R3.Quad);
    }

    private void Store(int at, int latent, int entry, F4 x)
    {
        if (latent >= count)
            return;
        Store(at + latent * latentStride, entry, x.X);
        Store(at + latent * latentStride, entry + 8, x.Y);
        Store(at + latent * latentStride, entry + 16, x.Z);
        Store(at + latent * latentStride, entry + 24, x.W);
    }

    private void Store(int at, int entry, float x)
    {
        if (entry < entries)
            scores[at + entry * entryStride] = x;
    }
}
