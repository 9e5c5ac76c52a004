using SspNative.Lab.References;
using SspNative.Lab.Workloads;
using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;
using static SspNative.Lab.Workloads.BenchInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>softmax(scale · q·kᵀ)·v per head.</summary>
    private static OpEntry Attention => new("scaled_dot_product_attention")
    {
        Method = nameof(Ops.Attention),
        Cases =
        [
            AttentionCase("plain", 2, 2, 7, 19, 12, 10), AttentionCase("scale", 1, 2, 7, 19, 12, 10, scale: 0.7f),
            AttentionCase("keys", 2, 2, 7, 19, 12, 10, Mask([2, 19])), AttentionCase("full", 2, 2, 7, 19, 12, 10, Mask([2, 7, 19])),
            AttentionCase("all blocked", 2, 2, 7, 19, 12, 10, Blocked([2, 19])), AttentionCase("empty", 2, 2, 0, 19, 12, 10),
            new("Attention@itself", [Uniform([2, 7, 12])], t => Ops.Attention(t[0], t[0], t[0], 3), x => AttentionOf(x[0], x[0], x[0], 3)),
        ],
        Larger =
        [
            AttentionCase("large", 2, 2, 150, 170, 64, 48), AttentionCase("large masked", 2, 1, 70, 300, 64, 64, Mask([1, 70, 300])),
            AttentionCase("whole vectors", 2, 1, 64, 96, 64, 64), AttentionCase("wide heads", 2, 1, 40, 70, 128, 128),
            AttentionCase("wide heads masked", 2, 2, 30, 40, 128, 128, Mask([2, 40])), AttentionCase("wider heads", 1, 1, 33, 40, 96, 96),
            AttentionCase("many keys", 1, 1, 40, 900, 12, 12, Mask([1, 40, 900])),
            AttentionCase("many queries", 3, 1, 400, 70, 36, 36, Mask([1, 400, 70])),
        ],
        Mistakes =
        [
            AttentionMistake("rank", "q, k and v must be (B, tokens, channels)", 2, q: [3, 8]),
            AttentionMistake("keys", "batches or key counts differ", 2, v: [2, 4, 6]),
            AttentionMistake("no keys", "batches or key counts differ", 2, k: [2, 0, 8], v: [2, 0, 6]),
            AttentionMistake("batch of keys", "batches or key counts differ", 2, k: [1, 5, 8]),
            AttentionMistake("batch of values", "batches or key counts differ", 2, v: [1, 5, 6]),
            AttentionMistake("heads", "all must divide into 4 heads", 4), AttentionMistake("no heads", "all must divide into 0 heads", 0),
            AttentionMistake("no channels", "q and k need equal channels", 2, q: [2, 3, 0], k: [2, 5, 0]),
            AttentionMistake("channels", "q and k need equal channels", 2, k: [2, 5, 6]),
            AttentionMistake("channels of values", "all must divide into 2 heads", 2, v: [2, 5, 5]),
            new(
                "scaled_dot_product_attention@mask", "the mask must be (2, 5) or (2, 3, 5)",
                [Uniform([2, 3, 8]), Uniform([2, 5, 8]), Uniform([2, 5, 6]), Mask([2, 3])],
                t => Ops.Attention(t[0], t[1], t[2], 2, t[3])),
        ],
        References =
        {
            ["op.scaled_dot_product_attention"] = Output(c => AttentionAdapter(c, null)),
            ["op.masked_attention"] = Output(c => AttentionAdapter(c, c.Input("mask"))),
        },
        Benchmarks =
        [
            new("attention", ("batch", 1), "heads", "queries", "keys", "dim", ("masked", 0, 0))
            {
                Inputs = n =>
                [
                    Random(n("batch"), n("queries"), n("heads") * n("dim")), Random(n("batch"), n("keys"), n("heads") * n("dim")),
                    Random(n("batch"), n("keys"), n("heads") * n("dim")),
                    .. n("masked") > 0 ? [HalfMask(n("batch"), n("queries"), n("keys"))] : Array.Empty<BenchInput>(),
                ],
                Forward = (t, n) => Ops.Attention(t[0], t[1], t[2], n("heads"), t.ElementAtOrDefault(3)),
                Cases =
                [
                    new("8x2048x64", 1, 8, 2048, 2048, 64, 0), new("8x1999x64", 1, 8, 1999, 1999, 64, 0),
                    new("30 of 9216 masked", 1, 8, 30, 9216, 32, 1), new("100 of 9216 masked", 1, 8, 100, 9216, 32, 1),
                ],
            },
        ],
    };

    private static OpCase AttentionCase(
        string name, int heads, int batch, int queries, int keys, int channels, int valueChannels, OpInput? mask = null, float? scale = null) => new(
        $"Attention@{name}",
        [
            Uniform([batch, queries, channels]), Uniform([batch, keys, channels]), Uniform([batch, keys, valueChannels]),
            .. mask is null ? Array.Empty<OpInput>() : [mask],
        ],
        t => Ops.Attention(t[0], t[1], t[2], heads, t.ElementAtOrDefault(3), scale),
        x => AttentionOf(x[0], x[1], x[2], heads, x.ElementAtOrDefault(3), scale));

    // One of the shapes is wrong, or the number of heads.
    private static OpMistake AttentionMistake(string name, string words, int heads, Shape? q = null, Shape? k = null, Shape? v = null) => new(
        $"scaled_dot_product_attention@{name}", words, [Uniform(q ?? [2, 3, 8]), Uniform(k ?? [2, 5, 8]), Uniform(v ?? [2, 5, 6])],
        t => Ops.Attention(t[0], t[1], t[2], heads));

    private static OpInput Blocked(Shape shape) =>
        new((_, device) => Tensor.FromArray([.. Enumerable.Repeat((byte)1, (int)shape.Count)], shape, device), Differentiable: false);

    /// <summary>q (B,Nq,heads·d), k (B,Nk,heads·d), v (B,Nk,heads·e), mask (B,Nk) or (B,Nq,Nk); a row that blocks every key blocks none.</summary>
    private static DoubleTensor AttentionOf(
        DoubleTensor q, DoubleTensor k, DoubleTensor v, int heads, DoubleTensor? mask = null, double? scale = null)
    {
        (int b, int nq, int nk, int dim, int dimV) = (q.Shape[0], q.Shape[1], k.Shape[1], q.Shape[2] / heads, v.Shape[2] / heads);
        double factor = scale ?? 1 / Math.Sqrt(dim);
        DoubleTensor? blocked = mask?.Shape.Rank == 2 ? mask.Reshape([b, 1, nk]).Expand([b, nq, nk]) : mask;
        blocked = blocked?.Along(-1, row => Array.TrueForAll(row, m => m != 0) ? new double[row.Length] : row);
        DoubleTensor p = SoftmaxOf(
            DoubleTensor.Of([b, heads, nq, nk], (item, head, i, j) => blocked?[item, i, j] > 0
                ? double.NegativeInfinity
                : factor * DoubleTensor.SumOf(dim, c => q[item, i, head * dim + c] * k[item, j, head * dim + c])),
            -1);
        return DoubleTensor.Of([b, nq, heads * dimV], (item, i, c) => DoubleTensor.SumOf(nk, j => p[item, c / dimV, i, j] * v[item, j, c]));
    }

    // (B,heads,N,d) → (B,N,heads·d), attention, and back. A mask of every head's own makes each head an item of the batch.
    private static Tensor AttentionAdapter(ReferenceContext context, Tensor? mask)
    {
        Tensor q = context.Input("q"), k = context.Input("k"), v = context.Input("v");
        int batch = q.Shape[0], heads = q.Shape[1], queries = q.Shape[2], keys = k.Shape[2];
        if (mask is not null && mask.Shape[1] == heads && heads > 1)
        {
            Tensor each = Ops.Attention(Fold(q), Fold(k), Fold(v), 1, Ops.Reshape(mask, batch * heads, queries, keys));
            return Ops.Reshape(each, batch, heads, queries, v.Shape[3]);
        }
        Tensor y = Ops.Attention(Join(q), Join(k), Join(v), heads, mask is null ? null : Ops.Reshape(mask, batch, queries, keys));
        return Ops.Permute(Ops.Reshape(y, batch, queries, heads, v.Shape[3]), 0, 2, 1, 3);

        static Tensor Fold(Tensor x) => Ops.Reshape(x, x.Shape[0] * x.Shape[1], x.Shape[2], x.Shape[3]);

        static Tensor Join(Tensor x) =>
            Ops.Reshape(Ops.Permute(x, 0, 2, 1, 3), x.Shape[0], x.Shape[2], x.Shape[1] * x.Shape[3]);
    }
}
