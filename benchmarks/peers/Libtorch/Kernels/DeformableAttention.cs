using SspNative.Lab.Workloads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>Multi-scale deformable attention by grid_sample, as transformers 4.35.2 computes it without its CUDA kernel.</summary>
internal static class DeformableAttention
{
    public static TorchCase Case(BenchCase work)
    {
        int heads = work.Sizes["heads"], dim = work.Sizes["dim"], points = work.Sizes["points"];
        (int H, int W)[] levels = [.. Enumerable.Range(0, 3).Select(i => (work.Sizes[$"height{i}"], work.Sizes[$"width{i}"]))];
        int tokens = levels.Sum(l => l.H * l.W);
        Tensor value = randn(1, tokens, heads, dim), locations = rand([1, tokens, heads, levels.Length, points, 2]);
        Tensor weights = functional.softmax(randn(1, tokens, heads, levels.Length * points), -1).view(1, tokens, heads, levels.Length, points);
        return new TorchCase(work.Pass, [value, locations, weights], () => [Apply(value, levels, locations, weights)]);
    }

    /// <param name="value">(B,S,heads,dim).</param>
    /// <param name="levels">Height and width of each level.</param>
    /// <param name="locations">(B,Q,heads,levels,points,2) as (x,y) in 0…1.</param>
    /// <param name="weights">(B,Q,heads,levels,points).</param>
    /// <returns>(B,Q,heads·dim).</returns>
    public static Tensor Apply(Tensor value, IReadOnlyList<(int H, int W)> levels, Tensor locations, Tensor weights)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = value.shape[0], heads = value.shape[2], dim = value.shape[3], queries = locations.shape[1], points = locations.shape[4];
        Tensor[] values = value.split([.. levels.Select(l => (long)l.H * l.W)], 1);
        Tensor grids = 2 * locations - 1;
        var sampled = new Tensor[levels.Count];
        for (int i = 0; i < levels.Count; i++)
        {
            Tensor map = values[i].flatten(2).transpose(1, 2).reshape(b * heads, dim, levels[i].H, levels[i].W);
            Tensor grid = grids.select(3, i).transpose(1, 2).flatten(0, 1);
            sampled[i] = functional.grid_sample(map, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
        }
        Tensor shared = weights.transpose(1, 2).reshape(b * heads, 1, queries, levels.Count * points);
        Tensor sum = (stack(sampled, -2).flatten(-2) * shared).sum(-1).view(b, heads * dim, queries);
        return sum.transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
