using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Rows of a table.</summary>
    private static OpEntry Embedding => new("embedding")
    {
        Method = nameof(Ops.Embedding),
        Cases = [EmbeddingCase("Embedding", [3, 5], 7, 19), EmbeddingCase("Embedding@empty", [0], 7, 5), StoredEmbeddingCase("Embedding@bf16", [3, 5], 7, 19)],
        Larger =
        [
            EmbeddingCase("Embedding@large", [300], 70, 130), EmbeddingCase("Embedding@whole vectors", [32], 16, 32),
            StoredEmbeddingCase("Embedding@bf16 large", [300], 70, 132),
        ],
        Mistakes =
        [
            new("embedding@rank", "the weight must be (vocabulary, channels)", [Indices([3], 5), Uniform([5])], t => Ops.Embedding(t[0], t[1])),
            new("embedding@vocabulary", "index 5 is not in 0…4", [IndicesOf(0, 5), Uniform([5, 4])], t => Ops.Embedding(t[0], t[1])),
            new("embedding@negative", "index -1 is not in 0…4", [IndicesOf(0, -1), Uniform([5, 4])], t => Ops.Embedding(t[0], t[1])),
            new("embedding@index", "index 1 is not in 0…-1", [Indices([3], 5), Uniform([0, 4])], t => Ops.Embedding(t[0], t[1])),
        ],
        References = { ["op.embedding"] = Output(c => Ops.Embedding(c.Input("indices"), c.Weight("weight"), c.Int("padding_idx", -1))) },
    };

    /// <summary>One element of each row.</summary>
    private static OpEntry Gather => new("gather")
    {
        Method = nameof(Ops.Gather),
        Cases = [GatherCase("Gather", 9), GatherCase("Gather@empty", 0)],
        Larger = [GatherCase("Gather@large", 20000)],
        Mistakes =
        [
            new("gather@rows", "x must be (rows, columns), the indices (rows)", [Uniform([2, 13]), Indices([3], 13)], t => Ops.Gather(t[0], t[1])),
            new("gather@column", "index 13 is not in 0…12", [Uniform([2, 13]), IndicesOf(12, 13)], t => Ops.Gather(t[0], t[1])),
            new("gather@negative", "index -1 is not in 0…12", [Uniform([2, 13]), IndicesOf(-1, 12)], t => Ops.Gather(t[0], t[1])),
            new("gather@index", "index 3 is not in 0…-1", [Uniform([3, 0]), Indices([3], 13)], t => Ops.Gather(t[0], t[1])),
        ],
        WithoutReference = "cross_entropy's cases gather",
    };

    private static OpCase EmbeddingCase(string name, Shape indices, int rows, int channels) =>
        EmbeddingCase(name, indices, Uniform([rows, channels]), rows, channels);

    private static OpCase StoredEmbeddingCase(string name, Shape indices, int rows, int channels) =>
        EmbeddingCase(name, indices, BFloat16([rows, channels]), rows, channels);

    private static OpCase EmbeddingCase(string name, Shape indices, OpInput weight, int rows, int channels) => new(
        name, [Indices(indices, rows), weight], t => Ops.Embedding(t[0], t[1]),
        x => DoubleTensor.OfIndex(new([.. indices.Dims, channels]), i => x[1][(int)x[0][i[..^1]], i[^1]]));

    private static OpCase GatherCase(string name, int rows) => new(
        name, [Uniform([rows, 5]), Indices([rows], 5)], t => Ops.Gather(t[0], t[1]),
        x => DoubleTensor.Of([rows], row => x[0][row, (int)x[1][row]]));
}
