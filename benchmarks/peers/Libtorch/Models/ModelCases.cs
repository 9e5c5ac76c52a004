using SspNative.Lab.Workloads;
using SspNative.Peers.Models;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Whole models with the engine's weights and inputs, with fused or plain attention, whichever is quicker.</summary>
internal static class ModelCases
{
    public static TorchCase Aavs(BenchCase work)
    {
        var weights = new Weights();
        var model = new Aavs(weights, new AavsSizes());
        Tensor images = Named("frame", 1, 3, work.Sizes["size"], work.Sizes["size"]), audio = Named("audio", 1, 128);
        return Case(work, weights, [images, audio], ["class_queries_logits", "masks_queries_logits"], () =>
        {
            Prediction last = model.Forward(images, audio)[^1];
            return [last.Classes, last.Masks];
        });
    }

    public static TorchCase Clip(BenchCase work)
    {
        var weights = new Weights();
        var sizes = new ClipSizes();
        var model = new Clip(weights, sizes);
        Tensor images = Named("images", work.Sizes["images"], 3, sizes.ImageSize, sizes.ImageSize);
        return Case(work, weights, [images], ["last_hidden_state", "pooler_output"], () =>
        {
            (Tensor hidden, Tensor pooled) = model.Forward(images);
            return [hidden, pooled];
        });
    }

    public static TorchCase Bert(BenchCase work)
    {
        var weights = new Weights();
        var sizes = BertSizes.Of(work);
        var model = new Bert(weights, sizes);
        int batch = work.Sizes["batch"], tokens = work.Sizes["tokens"];
        Tensor ids = tensor(WordIds.Of(batch * tokens, sizes.VocabSize), [batch, tokens]);
        return Case(work, weights, [], ["last_hidden_state", "pooler_output"], () =>
        {
            (Tensor hidden, Tensor pooled) = model.Forward(ids);
            return [hidden, pooled];
        });
    }

    public static TorchCase Perceiver(BenchCase work)
    {
        var weights = new Weights();
        int height = work.Sizes["height"], width = work.Sizes["width"];
        var model = new PerceiverFlow(weights, new PerceiverSizes { TrainSize = [height, width] });
        Tensor patches = Named("patches", 1, 2, 27, height, width);
        return Case(work, weights, [patches], ["flow"], () => [model.Forward(patches)], fusedOnly: true);
    }

    // A run of the Perceiver with plain attention takes half a minute and the memory of its score matrix: it is not tried.
    private static TorchCase Case(
        BenchCase work, Weights weights, Tensor[] inputs, string[] outputs, Func<Tensor[]> forward, bool fusedOnly = false)
    {
        using (no_grad())
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in weights.Parameters)
                parameter.copy_(tensor(ProceduralValues.Weight(name, parameter.shape), parameter.shape));
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
        return form.Naming(outputs).Owning(() =>
        {
            weights.Dispose();
            foreach (Tensor input in inputs)
                input.Dispose();
        });
    }

    // An input with the values that the engine's case has under this name.
    private static Tensor Named(string name, params long[] shape) => tensor(ProceduralValues.Uniform(name, shape), shape);
}
