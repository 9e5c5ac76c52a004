using System.Text.Json;
using SspNative.Engine.Optim;

namespace SspNative.Lab.Verification;

/// <summary>
/// Reference modules of the engine's operations. The cases hold images channels-first, as PyTorch does, and attention heads as a
/// dimension of their own; the adapters reorder both ways.
/// </summary>
internal static class OpModules
{
    public static IReadOnlyDictionary<string, ReferenceModule> Table { get; } = new (string Name, ReferenceModule Run)[][]
    {
        [.. Unary()], [.. Arithmetic()], [.. Reductions()], [.. Matrices()], [.. Images()], [.. AttentionOps()], [.. LossOps()],
        [("optimizer.adamw", AdamWTrace)],
    }.SelectMany(family => family).ToDictionary(m => m.Name, m => m.Run);

    private static IEnumerable<(string Name, ReferenceModule Run)> Unary()
    {
        (string Name, Func<Tensor, Tensor> Op)[] ops =
        [
            ("relu", Ops.Relu), ("gelu", Ops.Gelu), ("gelu_tanh", Ops.GeluTanh), ("quick_gelu", Ops.QuickGelu), ("silu", Ops.Silu),
            ("sigmoid", Ops.Sigmoid), ("tanh", Ops.Tanh), ("softplus", Ops.Softplus), ("exp", Ops.Exp), ("log", Ops.Log),
            ("sqrt", Ops.Sqrt), ("neg", Ops.Neg),
        ];
        return ops.Select(o => (Name: $"op.{o.Name}", Run: Single(c => o.Op(c.Input("input")))));
    }

    private static IEnumerable<(string Name, ReferenceModule Run)> Arithmetic()
    {
        (string Name, Func<Tensor, Tensor, Tensor> Op)[] ops =
            [("add", Ops.Add), ("sub", Ops.Sub), ("mul", Ops.Mul), ("div", Ops.Div), ("matmul", (a, b) => Ops.MatMul(a, b))];
        return ops.Select(o => (Name: $"op.{o.Name}", Run: Single(c => o.Op(c.Input("a"), c.Input("b")))));
    }

    private static IEnumerable<(string Name, ReferenceModule Run)> Reductions() =>
    [
        ("op.sum", Single(c => Ops.Sum(c.Input("input"), Dims(c), Flag(c, "keepdim")))),
        ("op.mean", Single(c => Ops.Mean(c.Input("input"), Dims(c), Flag(c, "keepdim")))),
        ("op.max", Single(c => Ops.Max(c.Input("input"), Int(c, "dim", -1), Flag(c, "keepdim")))),
        ("op.softmax", Single(c => Ops.Softmax(c.Input("input"), Int(c, "dim", -1)))),
        ("op.log_softmax", Single(c => Ops.LogSoftmax(c.Input("input"), Int(c, "dim", -1)))),
        ("op.cosine_similarity", Single(c => Ops.CosineSimilarity(c.Input("a"), c.Input("b"), Int(c, "dim", -1)))),
    ];

    private static IEnumerable<(string Name, ReferenceModule Run)> Matrices() =>
    [
        ("op.linear", Single(c => Ops.Linear(c.Input("input"), c.Input("weight"), c.FindInput("bias")))),
        ("op.linear_gelu", Single(c => Ops.Linear(c.Input("input"), c.Input("weight"), c.FindInput("bias"), Activation.Gelu))),
        ("op.embedding", Single(c => Ops.Embedding(c.Input("indices"), c.Input("weight"), Int(c, "padding_idx", -1)))),
        ("op.layer_norm", Single(c => Ops.LayerNorm(c.Input("input"), c.Input("weight"), c.Input("bias"), Float(c, "eps", 1e-5f)))),
    ];

    private static IEnumerable<(string Name, ReferenceModule Run)> Images() =>
    [
        ("op.conv2d", Map(c => x => Ops.Conv2d(
            x, c.Input("weight"), c.FindInput("bias"), Int(c, "stride", 1), Int(c, "padding", 0), Int(c, "groups", 1)))),
        ("op.group_norm", Map(c => x => Ops.GroupNorm(x, c.Input("weight"), c.Input("bias"), Int(c, "groups", 32), Float(c, "eps", 1e-5f)))),
        ("op.max_pool2d", Map(c => x => Ops.MaxPool2d(x, Int(c, "kernel", 2), Int(c, "stride", Int(c, "kernel", 2))))),
        ("op.avg_pool2d", Map(c => x => Ops.AvgPool2d(x, Int(c, "kernel", 2), Int(c, "stride", Int(c, "kernel", 2))))),
        ("op.interpolate_bilinear", Map(c => x => Ops.InterpolateBilinear(x, Size(c).H, Size(c).W))),
        ("op.interpolate_nearest", Map(c => x => Ops.InterpolateNearest(x, Size(c).H, Size(c).W))),
        ("op.grid_sample", Map(c => x => Ops.GridSample(x, c.Input("grid")))),
        ("op.fpn_upsample_add", Single(c => Ops.ToChannelsFirst(
            Ops.UpsampleAdd(Ops.ToChannelsLast(c.Input("top")), Ops.ToChannelsLast(c.Input("lateral")))))),
    ];

    private static IEnumerable<(string Name, ReferenceModule Run)> AttentionOps() =>
    [
        ("op.scaled_dot_product_attention", Single(c => Attention(c, null))),
        ("op.masked_attention", Single(c => Attention(c, c.Input("mask")))),
        ("op.window_attention", Single(c => Ops.WindowAttention(
            c.Input("qkv"), c.Input("bias_table"), Int(c, "window", 7), Int(c, "shift", 0), Int(c, "heads", 1)))),
        ("op.ms_deformable_attention", Single(c => Ops.DeformableAttention(
            c.Input("value"), [.. c.Config.GetProperty("shapes").EnumerateArray().Select(s => (s[0].GetInt32(), s[1].GetInt32()))],
            c.Input("locations"), c.Input("weights")))),
    ];

    private static IEnumerable<(string Name, ReferenceModule Run)> LossOps() =>
    [
        ("op.bce_with_logits", Single(c => Ops.BceWithLogits(c.Input("logits"), c.Input("target")))),
        ("op.cross_entropy", Single(c => Ops.CrossEntropy(c.Input("logits"), c.Input("target"), c.FindInput("weight")))),
        ("op.dice_loss", Single(c => Ops.DiceLoss(c.Input("logits"), c.Input("target")))),
    ];

    private static ReferenceModule Single(Func<ReferenceContext, Tensor> op) =>
        context => new Dictionary<string, Tensor> { ["output"] = op(context) };

    // An operation on one channels-last map, or on whatever other rank the case has, channels second.
    private static ReferenceModule Map(Func<ReferenceContext, Func<Tensor, Tensor>> op) => Single(context =>
        Ops.ToChannelsFirst(op(context)(Ops.ToChannelsLast(context.Input("input")))));

    // (B,heads,N,d) → (B,N,heads·d), attention, and back. A mask of every head's own makes each head an item of the batch.
    private static Tensor Attention(ReferenceContext context, Tensor? mask)
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

    private static Dictionary<string, Tensor> AdamWTrace(ReferenceContext context)
    {
        JsonElement betas = context.Config.GetProperty("betas");
        using var optimizer = new AdamW
        {
            LearningRate = Float(context, "lr", 1e-3f),
            WeightDecay = Float(context, "weight_decay", 0f),
            Beta1 = betas[0].GetSingle(),
            Beta2 = betas[1].GetSingle(),
            Epsilon = Float(context, "eps", 1e-8f),
        };
        var names = new List<string>();
        while (context.FindInput($"param{names.Count}") is not null)
            names.Add($"param{names.Count}");
        Tensor[] parameters = [.. names.Select(n => Ops.Affine(context.Input(n), 1f, 0f))];
        var outputs = new Dictionary<string, Tensor>();
        for (int step = 0; step < Int(context, "steps", 1); step++)
        {
            Tensor[] gradients = [.. names.Select((_, i) => context.Input($"grad{i}.step{step}"))];
            float scale = context.Config.TryGetProperty("clip_grad_norm", out JsonElement clip) && clip.ValueKind == JsonValueKind.Number
                ? GradientClipping.Scale(GradientClipping.GlobalNorm(gradients), clip.GetDouble())
                : 1f;
            optimizer.Update(names.Select((n, i) => (n, parameters[i], gradients[i])), scale);
            for (int i = 0; i < names.Count; i++)
                outputs[$"{names[i]}.step{step}"] = Ops.Affine(parameters[i], 1f, 0f);
        }
        return outputs;
    }

    private static int[]? Dims(ReferenceContext context) =>
        !context.Config.TryGetProperty("dim", out JsonElement dim) || dim.ValueKind == JsonValueKind.Null ? null
        : dim.ValueKind == JsonValueKind.Number ? [dim.GetInt32()]
        : [.. dim.EnumerateArray().Select(d => d.GetInt32())];

    private static (int H, int W) Size(ReferenceContext context)
    {
        JsonElement size = context.Config.GetProperty("size");
        return (size[0].GetInt32(), size[1].GetInt32());
    }

    private static int Int(ReferenceContext context, string name, int fallback) =>
        context.Config.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : fallback;

    private static float Float(ReferenceContext context, string name, float fallback) =>
        context.Config.TryGetProperty(name, out JsonElement value) ? value.GetSingle() : fallback;

    private static bool Flag(ReferenceContext context, string name) =>
        context.Config.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
}
