using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>A launch for all tensors whose buffers lie in the same slabs, which are few.</summary>
    public void AdamW(in AdamWCall call)
    {
        AdamWScalars scalars = AdamWScalars.Of(call.Step);
        var slabs = call.Tensors
            .Where(t => t.Count > 0)
            .Select(t => (
                Parameter: GpuBuffer.Block(t.Parameter), Gradient: GpuBuffer.Block(t.Gradient), M: GpuBuffer.Block(t.M), V: GpuBuffer.Block(t.V),
                Count: checked((int)t.Count)))
            .GroupBy(t => (Parameter: t.Parameter.Slab, Gradient: t.Gradient.Slab, M: t.M.Slab, V: t.V.Slab));
        foreach (var group in slabs)
        {
            var rows = new List<int>();
            int pieces = 0;
            foreach (var tensor in group)
            {
                rows.AddRange(pieces, tensor.Count, Place(tensor.Parameter), Place(tensor.Gradient), Place(tensor.M), Place(tensor.V));
                pieces += (int)Groups(tensor.Count, AdamWKernel.PieceLength);
            }
            using GpuScratch<int> table = Upload(rows);
            device.Run(
                new AdamWKernel(
                    Floats(group.Key.Parameter), Floats(group.Key.Gradient), Floats(group.Key.M), Floats(group.Key.V),
                    new TensorTable(table.View, group.Count(), AdamWKernel.Width), scalars),
                pieces);
        }
    }
}

/// <summary>A piece of a parameter a group. Rows of the table: first piece, elements, and the blocks of the four buffers.</summary>
internal readonly struct AdamWKernel(
    ArrayView<float> parameters, ArrayView<float> gradients, ArrayView<float> means, ArrayView<float> squares, TensorTable table, AdamWScalars scalars)
    : IGpuKernel
{
    public const int Width = 6, PieceLength = 4 * 4 * 256;

    public static int GroupSize => 256;

    public void Run()
    {
        int row = table.Find(Grid.IdxX), count = table.Number(row, 1);
        ArrayView<float> parameter = table.Floats(parameters, row, 2, count), gradient = table.Floats(gradients, row, 3, count);
        ArrayView<float> mean = table.Floats(means, row, 4, count), square = table.Floats(squares, row, 5, count);
        int first = (Grid.IdxX - table.Number(row, 0)) * PieceLength / 4, end = IntrinsicMath.Min(first + PieceLength / 4, (count + 3) / 4);
        for (int quad = first + Group.IdxX; quad < end; quad += Group.DimX)
        {
            F4 p = F4.Load(parameter, quad, count), g = F4.Load(gradient, quad, count), m = F4.Load(mean, quad, count), v = F4.Load(square, quad, count);
            Step(g.X, ref p.X, ref m.X, ref v.X);
            Step(g.Y, ref p.Y, ref m.Y, ref v.Y);
            Step(g.Z, ref p.Z, ref m.Z, ref v.Z);
            Step(g.W, ref p.W, ref m.W, ref v.W);
            F4.Store(parameter, quad, count, p);
            F4.Store(mean, quad, count, m);
            F4.Store(square, quad, count, v);
        }
    }

    private void Step(float gradient, ref float p, ref float m, ref float v) => scalars.Apply<LaneMath, float>(gradient, ref p, ref m, ref v);
}
