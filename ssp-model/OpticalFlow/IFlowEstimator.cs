using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow;

/// <summary>A way to find the motion between consecutive frames.</summary>
public interface IFlowEstimator
{
    /// <summary>Everything besides the frames that the flow depends on: the method, a digest of its weights, its options. Names cached flow.</summary>
    string Identity { get; }

    /// <summary>The size of the maps for frames like this one.</summary>
    (int Height, int Width) SizeOf(Image frame);

    /// <summary>Steps of work that a pair of frames takes.</summary>
    int StepsPerPair(Image frame);

    /// <summary>
    /// The flow of each pair of consecutive frames in order, (2,H,W): u right, v down, in pixels of the frames. Frames are asked for, and pairs
    /// estimated, only as far as the flow is read, so that memory does not grow with the clip.
    /// </summary>
    /// <param name="frames">T frames of one size.</param>
    /// <param name="step">Called after every step, never twice at a time.</param>
    IEnumerable<float[]> Estimate(IEnumerable<Image> frames, Action step);
}
