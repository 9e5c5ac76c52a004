using SspNative.Engine.Serialization;
using SspNative.Model.Config;

namespace SspNative.Model.Weights;

/// <summary>Writes weights in any format as one safetensors file.</summary>
public static class WeightConversion
{
    /// <summary>
    /// Converts. One network keeps its tensors and their names, without PyTorch's wrappers. Several become one model: of each part the tensors that
    /// the model takes, under the model's names, with the sizes, so that the file serves alone.
    /// </summary>
    /// <param name="paths">Files and folders, as <see cref="WeightFiles"/> takes them.</param>
    /// <param name="target">The file to write, whole or not at all.</param>
    /// <param name="half">Whether to round floating-point numbers to float16.</param>
    /// <param name="device">Where tensors pass through.</param>
    /// <returns>Tensors written, and what was not taken.</returns>
    /// <exception cref="InputException">A file is missing, or no part of the model is among several.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static (int Tensors, IReadOnlyList<string> Notes) Convert(IReadOnlyList<string> paths, string target, bool half, IDevice device)
    {
        using var scope = new TensorScope();
        using var weights = new WeightFiles(paths);
        if (weights.IsMeaningless)
            throw new InputException($"{paths[0]}: generated weights are in no file that could be converted");
        Dictionary<string, Tensor> tensors = weights.Single is { } network
            ? network.Names.ToDictionary(n => n, n => Read(network.Find(n)!.Value, device))
            : OfParts(weights, device);
        if (tensors.Count == 0)
            throw new InputException($"{string.Join(", ", paths)}: no tensors are in it");
        Dictionary<string, string> metadata = Metadata(weights);
        metadata[ContentHash.Key] = ContentHash.Compute(metadata, tensors, half);
        SafetensorsWriter.Write(target, tensors, metadata, half ? DType.F16 : DType.F32);
        return (tensors.Count, weights.Notes);
    }

    private static Dictionary<string, Tensor> OfParts(WeightFiles weights, IDevice device)
    {
        if (weights.Parts.Count == 0)
            throw new InputException("the files hold no part of the model; convert them one by one");
        var tensors = new Dictionary<string, Tensor>();
        foreach (FoundPart part in weights.Parts)
            foreach (string name in part.Part.Parameters(weights.Card?.Config ?? PartSizes.Infer([part])))
                if (part.Find(name) is { } hit)
                    tensors[name] = Read(hit, device);
        return tensors;
    }

    private static Tensor Read((TensorFile File, TensorEntry Entry) hit, IDevice device) => hit.File.Read(hit.Entry, device);

    private static Dictionary<string, string> Metadata(WeightFiles weights)
    {
        if (weights.Single is { } network)
            return network.Files[0].Metadata.ToDictionary(m => m.Key, m => m.Value);
        Dictionary<string, string>? metadata = weights.CardMetadata;
        if (metadata is null && weights.Sizes is { } sizes)
            metadata = new Dictionary<string, string>
            {
                [ModelCard.ConfigKey] = ConfigJson.Write(sizes),
                [ModelCard.OptionsKey] = ConfigJson.Write(ModelCard.MaskOptions.Usual(null, sizes.Task)),
            };
        if (metadata is null)
            return [];
        if (weights.Find(ModelPart.Flow) is not null)
            metadata[ModelCard.FlowKey] = ModelCard.Perceiver;
        return metadata;
    }
}
