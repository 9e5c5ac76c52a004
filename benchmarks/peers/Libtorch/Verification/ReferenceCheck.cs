using System.Text.Json;
using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Libtorch.Models;
using SspNative.Peers.Models;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Verification;

/// <summary>Runs the peer's models on reference cases, with fused and with plain attention, and compares what comes out.</summary>
internal static class ReferenceCheck
{
    private const string InputPrefix = "input.";
    private const double Tolerance = 1e-4, Floor = 1e-4;

    /// <returns>0 when every output is within the tolerance, else 1.</returns>
    public static int Run(IReadOnlyList<string> paths)
    {
        bool passed = true;
        foreach (string path in paths)
            foreach (bool fused in (bool[])[true, false])
                passed &= Check(new SafetensorsFile(path), Path.GetFileNameWithoutExtension(path), fused);
        return passed ? 0 : 1;
    }

    private static bool Check(SafetensorsFile file, string title, bool fused)
    {
        using IDisposable mode = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        ulong seed = ulong.Parse(file.Metadata["seed"]);
        Dictionary<string, Tensor> inputs = file.Names.Where(n => n.StartsWith(InputPrefix, StringComparison.Ordinal))
            .ToDictionary(n => n[InputPrefix.Length..], file.Read);
        foreach ((string name, ProceduralInput input) in JsonSerializer.Deserialize<Dictionary<string, ProceduralInput>>(
            file.Metadata.GetValueOrDefault("procedural_inputs", "{}"), JsonSerializerOptions.Web)!)
            inputs[name] = tensor(ProceduralValues.Uniform(InputPrefix + name, input.Shape, seed), input.Shape) * input.Scale;
        using var weights = new Weights();
        weights.Attention.Fused = fused;
        Func<Dictionary<string, Tensor>> run = Model(file, weights, inputs);
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in weights.Parameters)
            parameter.copy_(
                file.Contains($"weight.{name}") ? file.Read($"weight.{name}") : tensor(ProceduralValues.Weight(name, parameter.shape, seed), parameter.shape));
        double worst = 0;
        foreach ((string name, Tensor output) in run())
            worst = Math.Max(worst, Error(file, $"output.{name}", output));
        bool good = worst <= Tolerance;
        string form = fused ? "fused" : "plain", judgement = good ? "good" : "WRONG";
        Console.WriteLine($"{title}: {form} attention, {weights.Count:N0} parameters, largest error {worst:0.0e+0}: {judgement}");
        return good;
    }

    private static Func<Dictionary<string, Tensor>> Model(SafetensorsFile file, Weights weights, Dictionary<string, Tensor> inputs)
    {
        string config = file.Metadata["config"];
        switch (file.Metadata["module"])
        {
            case "aavs":
                var aavs = new Aavs(weights, SizesJson.Read<AavsSizes>(config));
                return () => Named(aavs.Features(inputs["pixel_values"], inputs["audio_features"]));
            case "bert":
                var bert = new Bert(weights, SizesJson.Read<BertSizes>(config));
                return () => Named(bert.Forward(inputs["input_ids"], inputs["token_type_ids"], inputs["attention_mask"]));
            case "clip-vision":
                var clip = new Clip(weights, SizesJson.Read<ClipSizes>(config));
                return () => Named(clip.Forward(inputs["pixel_values"]));
            case "perceiver-flow":
                var flow = new PerceiverFlow(weights, SizesJson.Read<PerceiverSizes>(config));
                return () => new() { ["flow"] = flow.Forward(inputs["patches"]) };
            case "op.ms_deformable_attention":
                int[][] shapes = JsonSerializer.Deserialize<JsonElement>(config).GetProperty("shapes").Deserialize<int[][]>()!;
                (int, int)[] levels = [.. shapes.Select(s => (s[0], s[1]))];
                return () => new() { ["output"] = DeformableAttention.Apply(inputs["value"], levels, inputs["locations"], inputs["weights"]) };
            case "optimizer.adamw":
                return () => AdamWTrace(inputs);
            default:
                throw new InvalidDataException($"the peer has no module {file.Metadata["module"]}");
        }
    }

    // Two parameters, clipped together, step by step.
    private static Dictionary<string, Tensor> AdamWTrace(Dictionary<string, Tensor> inputs)
    {
        const double MaxNorm = 0.01;
        var trace = new Dictionary<string, Tensor>();
        Tensor[] parameters = [inputs["param0"], inputs["param1"]];
        using var optimizer = new FusedAdamW(parameters);
        for (int step = 0; inputs.ContainsKey($"grad0.step{step}"); step++)
        {
            Tensor[] gradients = [inputs[$"grad0.step{step}"], inputs[$"grad1.step{step}"]];
            GradientClipping.Apply(gradients, MaxNorm);
            optimizer.Step(gradients);
            for (int i = 0; i < parameters.Length; i++)
                trace[$"param{i}.step{step}"] = parameters[i].clone();
        }
        return trace;
    }

    private static Dictionary<string, Tensor> Named((Tensor Hidden, Tensor Pooled) outputs) =>
        new() { ["last_hidden_state"] = outputs.Hidden, ["pooler_output"] = outputs.Pooled };

    private static Dictionary<string, Tensor> Named(
        (Tensor[] Maps, Tensor[] Levels, Tensor MaskFeatures, IReadOnlyList<Prediction> Predictions) outputs)
    {
        var named = new Dictionary<string, Tensor>
        {
            ["mask_features"] = outputs.MaskFeatures,
            ["class_queries_logits"] = outputs.Predictions[^1].Classes,
            ["masks_queries_logits"] = outputs.Predictions[^1].Masks,
        };
        for (int i = 0; i < outputs.Maps.Length; i++)
            named[$"encoder.{i}"] = outputs.Maps[i];
        for (int i = 0; i < outputs.Levels.Length; i++)
            named[$"pixel_decoder.{i}"] = outputs.Levels[i];
        return named;
    }

    private static double Error(SafetensorsFile file, string name, Tensor output)
    {
        Tensor expected, actual = output.contiguous();
        if (file.Contains(name))
        {
            expected = file.Read(name);
        }
        else
        {
            expected = file.Read($"{name}.value");
            if (!file.Read($"{name}.shape").data<long>().ToArray().SequenceEqual(actual.shape))
                throw new InvalidDataException($"{name} has the shape {string.Join('×', actual.shape)}");
            actual = actual.flatten().index_select(0, file.Read($"{name}.index"));
        }
        if (!expected.shape.SequenceEqual(actual.shape))
            throw new InvalidDataException($"{name} has the shape {string.Join('×', actual.shape)}, not {string.Join('×', expected.shape)}");
        double scale = Math.Max(Floor, expected.square().mean().sqrt().item<float>());
        return (actual - expected).square().mean().sqrt().item<float>() / scale;
    }

    private sealed record ProceduralInput(long[] Shape, double Scale);
}
