using static SspNative.Lab.Catalogue.Adapters;
using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>The mean of −t·ln σ(x) − (1−t)·ln(1−σ(x)).</summary>
    private static OpEntry BceWithLogits => new("bce_with_logits")
    {
        Method = nameof(Ops.BceWithLogits),
        Cases =
        [
            new("BceWithLogits", [Wide([3, 19]), Target([3, 19])], t => Ops.BceWithLogits(t[0], t[1]), x => MeanOf(DoubleTensor.Zip(
                x[0], x[1], (logit, target) => -target * Math.Log(1 / (1 + Math.Exp(-logit))) - (1 - target) * Math.Log(1 / (1 + Math.Exp(logit)))))),
        ],
        Mistakes =
        [
            new(
                "bce_with_logits@target", "logits and target must have one shape", [Uniform([3, 5]), Uniform([3, 1])],
                t => Ops.BceWithLogits(t[0], t[1])),
        ],
        References = { ["op.bce_with_logits"] = Output(c => Ops.BceWithLogits(c.Input("logits"), c.Input("target"))) },
    };

    /// <summary>The mean over rows of 1 − (2·Σ σ(x)·t + 1) / (Σ σ(x) + Σ t + 1).</summary>
    private static OpEntry DiceLoss => new("dice_loss")
    {
        Method = nameof(Ops.DiceLoss),
        Cases =
        [
            new("DiceLoss", [Wide([3, 19]), Target([3, 19])], t => Ops.DiceLoss(t[0], t[1]), x =>
            {
                DoubleTensor p = x[0].Map(v => 1 / (1 + Math.Exp(-v)));
                DoubleTensor both = SumOver(p * x[1], [1], keepDim: false), either = SumOver(p + x[1], [1], keepDim: false);
                return MeanOf(DoubleTensor.Zip(both, either, (b, e) => 1 - (2 * b + 1) / (e + 1)));
            }),
        ],
        Mistakes =
        [
            new("dice_loss@target", "logits and target must be (rows, points)", [Uniform([3, 5]), Uniform([3, 1])], t => Ops.DiceLoss(t[0], t[1])),
        ],
        References = { ["op.dice_loss"] = Output(c => Ops.DiceLoss(c.Input("logits"), c.Input("target"))) },
    };

    /// <summary>Σ wₜ·(−log softmax(x)ₜ) / Σ wₜ over rows of class t.</summary>
    private static OpEntry CrossEntropy => new("cross_entropy")
    {
        Method = nameof(Ops.CrossEntropy),
        Cases =
        [
            new("CrossEntropy", [Wide([9, 5]), Indices([9], 5)], t => Ops.CrossEntropy(t[0], t[1]), x => CrossEntropyOf(x[0], x[1], _ => 1)),
            new(
                "CrossEntropy@weighted", [Wide([9, 5]), Indices([9], 5), Positive([5]).Constant()], t => Ops.CrossEntropy(t[0], t[1], t[2]),
                x => CrossEntropyOf(x[0], x[1], kind => x[2][kind])),
        ],
        Mistakes =
        [
            new(
                "cross_entropy@target", "logits must be (rows, classes) and the target (rows)", [Uniform([3, 5]), Indices([4], 5)],
                t => Ops.CrossEntropy(t[0], t[1])),
            new(
                "cross_entropy@weight", "one weight per class is needed", [Uniform([3, 5]), Indices([3], 5), Uniform([4])],
                t => Ops.CrossEntropy(t[0], t[1], t[2])),
        ],
        References = { ["op.cross_entropy"] = Output(c => Ops.CrossEntropy(c.Input("logits"), c.Input("target"), c.FindInput("weight"))) },
    };

    /// <summary>Σ a·b / (‖a‖·‖b‖) along a dimension; a norm is √(Σ x² + 1e-16).</summary>
    private static OpEntry CosineSimilarity => new("cosine_similarity")
    {
        Method = nameof(Ops.CosineSimilarity),
        Cases =
        [
            CosineCase("CosineSimilarity", Uniform([3, 1, 19]), Uniform([5, 19]), -1),
            CosineCase("CosineSimilarity@1", Uniform([3, 7, 5]), Uniform([3, 7, 5]), 1), CosineCase("CosineSimilarity@0", Uniform([3, 5]), Uniform([3, 5]), 0),
            // Norms are of the floor's size: a difference quotient is not.
            CosineCase("CosineSimilarity@floor", Full([1, 3], 1e-8f).Constant(), Full([1, 3], 1e-8f).Constant(), -1),
        ],
        Mistakes =
        [
            new(
                "cosine_similarity@shapes", "do not broadcast: dimension −2 is 3 and 2", [Uniform([3, 5]), Uniform([2, 5])],
                t => Ops.CosineSimilarity(t[0], t[1])),
            new(
                "cosine_similarity@first's rank", "sizes differ along dimension -2", [Uniform([5]), Uniform([3, 5])],
                t => Ops.CosineSimilarity(t[0], t[1], 0)),
            new(
                "cosine_similarity@second's rank", "sizes differ along dimension -2", [Uniform([3, 5]), Uniform([5])],
                t => Ops.CosineSimilarity(t[0], t[1], 0)),
            new(
                "cosine_similarity@along", "sizes differ along dimension -1", [Uniform([3, 5]), Uniform([3, 1])],
                t => Ops.CosineSimilarity(t[0], t[1])),
        ],
        References = { ["op.cosine_similarity"] = Output(c => Ops.CosineSimilarity(c.Input("a"), c.Input("b"), c.Int("dim", -1))) },
    };

    private static OpCase CosineCase(string name, OpInput a, OpInput b, int dim) => new(name, [a, b], t => Ops.CosineSimilarity(t[0], t[1], dim), x =>
    {
        DoubleTensor dot = (x[0] * x[1]).Reduce(dim, line => line.Sum());
        return (dot / (Norm(x[0]) * Norm(x[1]))).Squeeze(dim);

        DoubleTensor Norm(DoubleTensor v) => v.Reduce(dim, line => Math.Sqrt(line.Sum(e => e * e) + 1e-16));
    });

    private static DoubleTensor CrossEntropyOf(DoubleTensor logits, DoubleTensor target, Func<int, double> weight)
    {
        DoubleTensor logs = LogSoftmaxOf(logits, 1);
        int[] kinds = Array.ConvertAll(target.Values, t => (int)t);
        double sum = kinds.Select((kind, row) => -weight(kind) * logs[row, kind]).Sum();
        return new DoubleTensor(Shape.Scalar, [sum / kinds.Sum(weight)]);
    }

    private static DoubleTensor MeanOf(DoubleTensor x) => new(Shape.Scalar, [x.Values.Average()]);

    private static OpInput Target(Shape shape) => Uniform(shape, 0f, 1f).Constant();
}
