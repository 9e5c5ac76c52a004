using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>VGGish. The defaults are the published network; an embedding always has 128 channels.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record VggishConfig
{
    /// <summary>Channels of the convolutions before each of the four poolings.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [64, 128, 256, 512];

    /// <summary>Width of the two hidden linear layers.</summary>
    public int HiddenSize { get; init; } = 4096;

    /// <summary>Checks every size that the layers rely on.</summary>
    /// <param name="path">Where the section lies in the file, as <c>vggish.</c></param>
    /// <exception cref="InvalidDataException">One does not fit.</exception>
    internal void Validate(string path)
    {
        var check = new MemberCheck(path);
        check.List(Channels, 4, 1, ConfigLimits.Channels);
        check.Range(HiddenSize, 1, ConfigLimits.Channels);
    }
}
