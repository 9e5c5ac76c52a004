using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>a · b, or a · bᵀ, leading dimensions broadcast.</summary>
    private static OpEntry MatMul => new("matmul")
    {
        Method = nameof(Ops.MatMul),
        Cases =
        [
            .. new[] { false, true }.SelectMany(transpose => (OpCase[])
            [
                MatMulCase("plain", [7, 11], [], 9, transpose), MatMulCase("batched", [2, 3, 7, 11], [2, 3], 9, transpose),
                MatMulCase("broadcast", [2, 1, 7, 11], [3], 9, transpose), MatMulCase("empty", [2, 0, 11], [], 9, transpose),
            ]),
            MatMulCase("no inner", [3, 0], [], 4, transpose: false), MatMulCase("no items", [7, 11], [0], 9, transpose: false),
            new(
                "MatMul@bf16", [Uniform([2, 7, 11]).Constant(), BFloat16([11, 9])], t => Ops.MatMul(t[0], t[1]), x => ProductOf(x[0], x[1].Transposed())),
        ],
        Larger =
        [
            MatMulCase("large", [3, 1, 70, 50], [4], 60, transpose: false),
            new(
                "MatMul@bf16 large", [Uniform([3, 70, 52]).Constant(), BFloat16([52, 64])], t => Ops.MatMul(t[0], t[1]),
                x => ProductOf(x[0], x[1].Transposed())),
        ],
        Mistakes =
        [
            new("matmul@rank", "both operands need at least two dimensions", [Uniform([3]), Uniform([3, 4])], t => Ops.MatMul(t[0], t[1])),
            new("matmul@inner", "inner dimensions differ: 3 and 4", [Uniform([2, 3]), Uniform([4, 5])], t => Ops.MatMul(t[0], t[1])),
        ],
        References = { ["op.matmul"] = Output(c => Ops.MatMul(c.Input("a"), c.Input("b"))) },
        Benchmarks =
        [
            new("matmul", "m", "n", "k")
            {
                Inputs = n => [Random(n("m"), n("k")), Random(n("n"), n("k"))],
                Forward = (t, _) => Ops.MatMul(t[0], t[1], transposeB: true),
                Cases = [Product(1024, 1024, 1024), Product(2048, 2048, 2048), Product(1023, 1021, 1019)],
            },
        ],
    };

    private static NamedSizes Product(int m, int n, int k) => new($"{m}x{n}x{k}", m, n, k);

    private static OpCase MatMulCase(string name, Shape a, int[] batch, int columns, bool transpose)
    {
        Shape b = transpose ? new([.. batch, columns, a[^1]]) : new([.. batch, a[^1], columns]);
        return new(
            $"MatMul@{name}{(transpose ? "+transposed" : "")}", [Uniform(a), Uniform(b)], t => Ops.MatMul(t[0], t[1], transpose),
            x => ProductOf(x[0], transpose ? x[1] : x[1].Transposed()));
    }

    /// <summary>a · bᵀ: (…,M,K), (…,N,K) → (…,M,N).</summary>
    private static DoubleTensor ProductOf(DoubleTensor a, DoubleTensor b)
    {
        int m = a.Shape[^2], n = b.Shape[^2], k = a.Shape[^1];
        Shape batch = Shape.Broadcast(new Shape(a.Shape.Dims[..^2].ToArray()), new Shape(b.Shape.Dims[..^2].ToArray()), "definition");
        int count = (int)batch.Count;
        DoubleTensor left = a.Expand(new([.. batch.Dims, m, k])).Reshape([count, m, k]), right = b.Expand(new([.. batch.Dims, n, k])).Reshape([count, n, k]);
        return DoubleTensor.Of([count, m, n], (item, i, j) => DoubleTensor.SumOf(k, p => left[item, i, p] * right[item, j, p]))
            .Reshape(new([.. batch.Dims, m, n]));
    }
}
