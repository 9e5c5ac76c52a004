using SspNative.Engine.Optim;
using SspNative.Lab.Workloads;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Lab.Benchmarking;

/// <summary>Makes the engine ready to execute a model case, with procedural weights and inputs.</summary>
public static class ModelRuns
{
    private const double ClipNorm = 0.01;

    /// <summary>The work of a case on a device, parameters and inputs made.</summary>
    /// <param name="weights">Null: procedural ones.</param>
    /// <exception cref="InputException">The kind is unknown, or a size it needs is missing.</exception>
    public static BenchRun Prepare(BenchCase work, IDevice device, IParameterSource? weights = null)
    {
        var store = new ParameterStore(weights ?? new ProceduralSource(1), device) { IsForInference = work.Kind != ModelCases.TrainStepKind };
        var made = new List<IDisposable> { store };
        Tensor Made(string name, params int[] shape)
        {
            Tensor t = TensorScope.Unowned(NamedStream.Uniform(name, new Shape(shape), 1, 0f, 1f, device));
            made.Add(t);
            return t;
        }
        try
        {
            Func<IEnumerable<(string Name, Tensor Value)>> run = Build(work, store, device, Made, made);
            return new ForwardRun(() => run(), made, () => [.. run().Select(o => new CaseOutput(o.Name, o.Value.Shape.ToArray(), o.Value.ToArray()))]);
        }
        catch
        {
            made.ForEach(m => m.Dispose());
            throw;
        }
    }

    /// <summary>Floating-point operations of one execution, counted by running it on a <see cref="CountingDevice"/>.</summary>
    public static double Count(BenchCase work)
    {
        using var device = new CountingDevice();
        using BenchRun counted = Prepare(work, device, new ShapesOnlySource());
        double before = device.Cost.Flops;
        counted.Run();
        return device.Cost.Flops - before;
    }

    // What the case runs, and by which published names its results can be compared.
    private static Func<IEnumerable<(string Name, Tensor Value)>> Build(
        BenchCase work, ParameterStore store, IDevice device, Func<string, int[], Tensor> made, List<IDisposable> owned)
    {
        switch (work.Kind)
        {
            case "aavs":
                return Frame(work, store, made);
            case "aavs_clip":
                return Frames(work, store, made);
            case ModelCases.TrainStepKind:
                return TrainStep(work, store, device, made, owned);
            case "clip_vit_b16":
                var clipConfig = new ClipVisionConfig();
                var clip = new ClipVision(store.Root, clipConfig);
                Tensor images = made("images", [work.Size("images"), 3, clipConfig.ImageSize, clipConfig.ImageSize]);
                return () =>
                {
                    ClipVisionOutput seen = clip.Forward(images);
                    return [("last_hidden_state", seen.LastHiddenState), ("pooler_output", seen.PoolerOutput)];
                };
            case "vggish":
                var vggish = new Vggish(store.Root, finalRelu: false);
                Tensor examples = made("examples", [work.Size("examples"), 1, LogMel.Frames, LogMel.Bands]);
                return () => [("embeddings", vggish.Forward(examples))];
            case "bert":
                return Bert(work, store, device, owned);
            case "perceiver_flow":
                var config = new PerceiverFlowConfig { TrainSize = [work.Size("height"), work.Size("width")] };
                var flow = new PerceiverFlow(store.Root, config);
                Tensor patches = made("patches", [1, 2, FlowPatches.Channels, work.Size("height"), work.Size("width")]);
                return () => [("flow", flow.Forward(patches))];
            default:
                throw new InputException($"{work.Name}: there is no model of the kind {work.Kind}");
        }
    }

    private static Func<IEnumerable<(string Name, Tensor Value)>> Frame(BenchCase work, ParameterStore store, Func<string, int[], Tensor> made)
    {
        var aavs = new Aavs(store.Root, new AavsConfig());
        Tensor frame = made("frame", [1, 3, work.Size("size"), work.Size("size")]), audio = made("audio", [1, AudioQueries.AudioChannels]);
        return () =>
        {
            PixelDecoderOutput pixels = aavs.Encode(frame);
            QueryPrediction last = aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null)[^1];
            return [("class_queries_logits", last.ClassLogits), ("masks_queries_logits", last.MaskLogits)];
        };
    }

    // A clip is streamed: nothing of a frame is held when the next one begins.
    private static Func<IEnumerable<(string Name, Tensor Value)>> Frames(BenchCase work, ParameterStore store, Func<string, int[], Tensor> made)
    {
        int frames = work.Size("frames");
        var aavs = new Aavs(store.Root, new AavsConfig());
        Tensor frame = made("frame", [1, 3, work.Size("size"), work.Size("size")]), audio = made("audio", [1, AudioQueries.AudioChannels]);
        return () =>
        {
            for (int i = 0; i < frames; i++)
            {
                using var scope = new TensorScope();
                PixelDecoderOutput pixels = aavs.Encode(frame);
                aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null);
            }
            return [];
        };
    }

    private static Func<IEnumerable<(string Name, Tensor Value)>> Bert(BenchCase work, ParameterStore store, IDevice device, List<IDisposable> owned)
    {
        int hidden = work.Size("hidden");
        var config = new BertConfig
        {
            VocabSize = work.Size("vocabulary"),
            HiddenSize = hidden,
            EncoderHiddenSize = hidden,
            NumHiddenLayers = work.Size("layers"),
            NumAttentionHeads = work.Size("heads"),
            IntermediateSize = work.Size("intermediate"),
        };
        config.Validate($"{work.Name}: ");
        var bert = new BertModel(store.Root, config);
        int batch = work.Size("batch"), tokens = work.Size("tokens");
        long[] real = new long[batch * tokens];
        Array.Fill(real, 1);
        Tensor ids = TensorScope.Unowned(Tensor.FromArray(WordIds.Of(batch * tokens, config.VocabSize), [batch, tokens], device));
        Tensor mask = TensorScope.Unowned(Tensor.FromArray(real, [batch, tokens], device));
        owned.AddRange([ids, mask]);
        return () =>
        {
            BertOutput read = bert.Forward(ids, mask);
            return [("last_hidden_state", read.LastHiddenState), ("pooler_output", read.PoolerOutput)];
        };
    }

    // Forward, the set criterion against a background and one square that sounds, backward, clipping, AdamW of a phase's parameters.
    private static Func<IEnumerable<(string Name, Tensor Value)>> TrainStep(
        BenchCase work, ParameterStore store, IDevice device, Func<string, int[], Tensor> made, List<IDisposable> owned)
    {
        int size = work.Size("size");
        var trained = (TrainableSet)work.Size("trained");
        bool checkpointed = work.Size("checkpointed") == 1;
        var aavs = new Aavs(store.Root, new AavsConfig());
        Tensor frame = made("frame", [1, 3, size, size]), audio = made("audio", [1, AudioQueries.AudioChannels]);
        Tensor masks = TensorScope.Unowned(Tensor.FromArray(BackgroundAndSquare(size), [2, size, size], device));
        MaskTargets[] targets = [new MaskTargets([0, 1], masks)];
        var criterion = new SetCriterion(new CriterionConfig());
        var optimizer = new AdamW { LearningRate = 1e-5f };
        var points = new SplitMixPoints(1);
        owned.AddRange([masks, optimizer]);
        store.Train(p => trained.Includes(p));
        (string Name, Tensor Parameter)[] parameters = [.. store.Trainable];
        return () =>
        {
            using var tape = new GradientTape { CheckpointLayers = checkpointed };
            PixelDecoderOutput pixels = aavs.Encode(frame);
            IReadOnlyList<QueryPrediction> predictions =
                aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null, auxiliary: true);
            Tensor loss = criterion.Forward(predictions, targets, points).Total;
            using Gradients gradients = tape.Backward(loss);
            (string, Tensor, Tensor)[] changed =
                [.. parameters.Where(p => gradients.Find(p.Parameter) is not null).Select(p => (p.Name, p.Parameter, gradients[p.Parameter]))];
            double norm = GradientClipping.GlobalNorm(changed.Select(c => c.Item3));
            optimizer.Update(changed, GradientClipping.Scale(norm, ClipNorm));
            return [];
        };
    }

    private static float[] BackgroundAndSquare(int size)
    {
        float[] masks = new float[2 * size * size];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                bool inside = y >= size / 4 && y < size / 2 && x >= size / 4 && x < size / 2;
                masks[((inside ? 1 : 0) * size * size) + (y * size) + x] = 1;
            }
        return masks;
    }
}
