using SspNative.Lab.Workloads;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Whole models with random weights and inputs, with fused or plain attention, whichever is quicker.</summary>
internal static class ModelCases
{
    public static TorchCase Aavs(WorkCase work)
    {
        var weights = new Weights();
        var model = new Aavs(weights, new AavsSizes());
        Tensor images = randn(1, 3, work.Sizes["size"], work.Sizes["size"]), audio = randn(1, 128);
        return Case(work, weights, [images, audio], () =>
        {
            Prediction last = model.Forward(images, audio)[^1];
            return [last.Classes, last.Masks];
        });
    }

    public static TorchCase Clip(WorkCase work)
    {
        var weights = new Weights();
        var sizes = new ClipSizes();
        var model = new Clip(weights, sizes);
        Tensor images = randn(work.Sizes["images"], 3, sizes.ImageSize, sizes.ImageSize);
        return Case(work, weights, [images], () =>
        {
            (Tensor hidden, Tensor pooled) = model.Forward(images);
            return [hidden, pooled];
        });
    }

    public static TorchCase Bert(WorkCase work)
    {
        var weights = new Weights();
        var sizes = new BertSizes();
        var model = new Bert(weights, sizes);
        Tensor ids = randint(0, sizes.VocabSize, [work.Sizes["batch"], work.Sizes["tokens"]], dtype: ScalarType.Int64);
        return Case(work, weights, [], () =>
        {
            (Tensor hidden, Tensor pooled) = model.Forward(ids);
            return [hidden, pooled];
        });
    }

    public static TorchCase Perceiver(WorkCase work)
    {
        var weights = new Weights();
        int height = work.Sizes["height"], width = work.Sizes["width"];
        var model = new PerceiverFlow(weights, new PerceiverSizes { TrainSize = [height, width] });
        Tensor patches = rand([1, 2, 27, height, width]);
        return Case(work, weights, [patches], () => [model.Forward(patches)], fusedOnly: true);
    }

    // A run of the Perceiver with plain attention takes half a minute and the memory of its score matrix: it is not tried.
    private static TorchCase Case(WorkCase work, Weights weights, Tensor[] inputs, Func<Tensor[]> forward, bool fusedOnly = false)
    {
        Tensor[] leaves = [.. weights.Parameters.Values, .. inputs];
        TorchCase Form(bool fused) => new(
            work.Pass,
            leaves,
            () =>
            {
                weights.Attention.Fused = fused;
                return forward();
            },
            free: () => { });

        TorchCase form = fusedOnly ? Form(true) : TorchCase.Fastest(Form(true), Form(false));
        return form.Owning(() =>
        {
            weights.Dispose();
            foreach (Tensor input in inputs)
                input.Dispose();
        });
    }
}
