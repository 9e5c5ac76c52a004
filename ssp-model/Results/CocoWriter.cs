using System.Text.Json;
using SspNative.Model.Networks;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>
/// Writes <c>coco.json</c> frame by frame: a data set in COCO's form, of which <c>image_id</c> is the frame's number from 0. An annotation has an exact mask
/// (<c>segmentation</c>, <see cref="RunLengthMask"/>), outlines (<c>polygons</c>, <see cref="Polygons"/>), <c>bbox</c> as left, top, width and height in
/// pixels, <c>area</c> in pixels, and <c>score</c>.
/// </summary>
internal sealed class CocoWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _json;
    private readonly SortedDictionary<int, string> _categories = [];
    private readonly Func<int, string> _picture;
    private readonly double _framesPerSecond;
    private int _images;
    private int _annotations;

    /// <param name="path">The file to write.</param>
    /// <param name="picture">The path of a frame's picture within the result.</param>
    /// <param name="framesPerSecond">Frame k is of the time k/fps.</param>
    public CocoWriter(string path, Func<int, string> picture, double framesPerSecond)
    {
        (_picture, _framesPerSecond) = (picture, framesPerSecond);
        _file = File.Create(path);
        _json = new Utf8JsonWriter(_file);
        _json.WriteStartObject();
        _json.WriteStartArray("annotations");
    }

    /// <param name="masks">The masks of the frame's objects, in their order.</param>
    public void Append(SegmentedFrame frame, IReadOnlyList<RunLengthMask> masks)
    {
        foreach ((FoundObject found, RunLengthMask mask) in frame.Objects.Zip(masks))
        {
            _categories[found.Label] = found.Name;
            _json.WriteStartObject();
            _json.WriteNumber("id", ++_annotations);
            _json.WriteNumber("image_id", frame.Index);
            _json.WriteNumber("category_id", found.Label);
            _json.WriteNumber("score", Math.Round(found.Score, 6));
            _json.WriteNumber("area", found.Area);
            _json.WriteNumber("iscrowd", 0);
            WriteNumbers("bbox", found.Box);
            _json.WriteStartObject("segmentation");
            WriteNumbers("size", mask.Size);
            _json.WriteString("counts", mask.Counts);
            _json.WriteEndObject();
            _json.WriteStartArray("polygons");
            foreach (int[] polygon in Polygons.Trace(frame.Mask, found.Label))
                WriteNumbers(null, polygon);
            _json.WriteEndArray();
            _json.WriteEndObject();
        }
        _images++;
        _json.Flush();
    }

    /// <summary>Writes what is known at the end.</summary>
    public void Finish(int width, int height)
    {
        _json.WriteEndArray();
        _json.WriteStartArray("images");
        for (int i = 0; i < _images; i++)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", i);
            _json.WriteString("file_name", _picture(i));
            _json.WriteNumber("width", width);
            _json.WriteNumber("height", height);
            _json.WriteNumber("time", i / _framesPerSecond);
            _json.WriteEndObject();
            _json.Flush();
        }
        _json.WriteEndArray();
        _json.WriteStartArray("categories");
        foreach ((int label, string name) in _categories)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", label);
            _json.WriteString("name", name);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void WriteNumbers(string? name, int[] numbers)
    {
        if (name is null)
            _json.WriteStartArray();
        else
            _json.WriteStartArray(name);
        foreach (int number in numbers)
            _json.WriteNumberValue(number);
        _json.WriteEndArray();
    }
}
