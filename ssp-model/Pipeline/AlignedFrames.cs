using SspNative.Model.Alignment;

namespace SspNative.Model.Pipeline;

/// <summary>What CLIP's view and the text add to the final features of each frame of a clip (<see cref="VtaTerms"/>).</summary>
internal sealed class AlignedFrames : IDisposable
{
    private SpooledTensors? _visual;
    private SpooledTensors? _textual;
    private SpooledTensors? _words;

    /// <summary>Adds the next frame's.</summary>
    public void Append(VtaTerms terms)
    {
        (_visual ??= new SpooledTensors(terms.Visual.Shape)).Append(terms.Visual);
        (_textual ??= new SpooledTensors(terms.Textual.Shape)).Append(terms.Textual);
        if (terms.Words is { } words)
            (_words ??= new SpooledTensors(words.Shape)).Append(words);
    }

    /// <summary>A frame's, on a device.</summary>
    public VtaTerms Read(int frame, IDevice device) => new(_visual!.Read(frame, device), _textual!.Read(frame, device))
    {
        Words = _words?.Read(frame, device),
    };

    public void Dispose()
    {
        _visual?.Dispose();
        _textual?.Dispose();
        _words?.Dispose();
    }
}
