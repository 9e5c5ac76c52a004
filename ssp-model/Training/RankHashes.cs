using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SspNative.Model.Data;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Training;

/// <summary>SHA-256 of what ranks must have in common, as far as it takes to tell one from another.</summary>
public static class RankHashes
{
    private const int FileEnds = 1 << 24;

    /// <summary>Tells one build of the program from another.</summary>
    public static string OfProgram() => Of(hash =>
    {
        foreach (Type part in (Type[])[typeof(IDevice), typeof(Tensor), typeof(Trainer)])
            hash.AppendData(part.Module.ModuleVersionId.ToByteArray());
    });

    /// <summary>Tells texts apart, such as options.</summary>
    public static string Of(string text) => Of(hash => hash.AppendData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Tells clips apart by their pictures, sound, labels, flow, prompts and masks of the binary stage.</summary>
    public static string Of(TrainingClip clip) => Of(hash =>
    {
        foreach (Image frame in clip.Frames)
            hash.AppendData(frame.Rgb);
        foreach (LabelMap? labels in clip.Labels)
            hash.AppendData(labels?.Labels ?? []);
        hash.AppendData(clip.NextPicture?.Rgb ?? []);
        foreach (LabelMap? mask in clip.Stage1Masks ?? [])
            hash.AppendData(mask?.Labels ?? []);
        hash.AppendData(MemoryMarshal.AsBytes<float>(clip.Examples));
        hash.AppendData(MemoryMarshal.AsBytes<float>(clip.Flow?.Data ?? []));
        hash.AppendData(Encoding.UTF8.GetBytes(clip.Prompts.ToString()!));
    });

    /// <summary>Tells models apart by all their weights.</summary>
    public static string Of(ParameterStore parameters) => Of(hash =>
    {
        foreach (string name in parameters.Names)
            hash.AppendData(MemoryMarshal.AsBytes<float>(parameters[name].ToArray()));
    });

    /// <summary>Tells files apart; large ones by their ends. Weights differ in both, and whoever trains from them compares every number.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string OfFile(string path) => Of(hash =>
    {
        using FileStream file = File.OpenRead(path);
        hash.AppendData(BitConverter.GetBytes(file.Length));
        byte[] block = new byte[Math.Min(FileEnds, file.Length)];
        file.ReadExactly(block);
        hash.AppendData(block);
        file.Position = Math.Max(file.Position, file.Length - block.Length);
        int rest = (int)(file.Length - file.Position);
        file.ReadExactly(block, 0, rest);
        hash.AppendData(block, 0, rest);
    });

    /// <summary>Tells made data sets apart, whose clips may have the same names; null for a set that does not tell how it was made.</summary>
    /// <param name="root">The folder of the set.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? OfDataSet(string root) =>
        Path.Combine(root, SyntheticDataSet.CardFile) is var card && File.Exists(card) ? OfFile(card) : null;

    private static string Of(Action<IncrementalHash> append)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        append(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
