using SspNative.Lab.References;

namespace SspNative.Lab.Catalogue;

/// <summary>
/// One entry an operation, in folders by family. Tests compute each at all of its sizes on every instruction set, and compare with its definition;
/// they differentiate it, and make its mistakes. <c>ssp verify</c> finds its adapters here, <c>ssp bench kernels</c> its kinds and cases.
/// </summary>
internal static partial class OpCatalogue
{
    /// <summary>All entries.</summary>
    public static IReadOnlyList<OpEntry> All { get; } =
    [
        MatMul, Linear, LinearRows, LinearConcat, FeedForward, Pack,
        WindowAttention, Attention, GridKeyAttention, GridQueryAttention, DeformableAttention,
        Conv2d,
        LayerNorm, GroupNorm,
        Softmax, LogSoftmax, Sum, Mean, Max, MaxWithIndices, Hardmax, NonFinite, GlobalNorm,
        .. Unary, .. Binary, Affine, Scale, LessThan, ToBFloat16,
        AdamW,
        UpsampleAdd, InterpolateBilinear, InterpolateNearest, GridSample, MaxPool2d, AvgPool2d,
        .. Orders, .. Blocks, Embedding, Gather,
        BceWithLogits, DiceLoss, CrossEntropy, CosineSimilarity,
    ];

    /// <summary>The adapters of all modules of reference cases.</summary>
    public static IReadOnlyDictionary<string, ReferenceModule> References { get; } = All.SelectMany(e => e.References).ToDictionary();

    /// <summary>The kinds of benchmark cases by name, in the order in which they are measured.</summary>
    public static OrderedDictionary<string, Benchmark> Benchmarks { get; } =
        new(All.SelectMany(e => e.Benchmarks).Select(b => KeyValuePair.Create(b.Kind, b)));
}
