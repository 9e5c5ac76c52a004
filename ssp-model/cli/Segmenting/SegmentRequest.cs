using SspNative.Engine;
using SspNative.Model.Pipeline;
using SspNative.Model.Results;

namespace SspNative.Cli.Segmenting;

/// <summary>What a command line of <c>ssp segment</c> asks for.</summary>
internal sealed record SegmentRequest(IReadOnlyList<string> Inputs, string Output, SspModelOptions Model, SegmentationSettings Settings)
{
    public ResultVideos Videos { get; init; } = new();

    /// <exception cref="InputException">There are several clips.</exception>
    public SegmentRequest OfOneClip() => ClipInputs.IsOne(Inputs) ? this : throw new InputException("one clip is profiled at a time");
}
