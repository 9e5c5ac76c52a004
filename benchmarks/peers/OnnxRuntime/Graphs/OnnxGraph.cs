using System.Runtime.InteropServices;

namespace SspNative.Peers.OnnxRuntime;

/// <summary>A graph of float operators, written as an ONNX ModelProto. Field numbers are those of onnx.proto.</summary>
internal sealed class OnnxGraph
{
    private const int IrVersion = 10, Opset = 20, ContribOpset = 1, ElementFloat = 1;
    private const string ContribDomain = "com.microsoft";
    private const int AttributeFloat = 1, AttributeInt = 2, AttributeString = 3, AttributeInts = 7;

    private readonly Random _random = new(1);
    private readonly ProtoWriter _body = new();

    public List<(string Name, long[] Shape)> Inputs { get; } = [];

    public List<(string Name, long[] Shape)> Outputs { get; } = [];

    /// <summary>Something to be given at every run.</summary>
    public string Input(string name, params long[] shape)
    {
        Inputs.Add((name, shape));
        _body.Message(11, value => ValueInfo(value, name, shape));
        return name;
    }

    /// <summary>A constant with random values.</summary>
    public string Weight(string name, params long[] shape) => Constant(name, Random(shape), shape);

    public string Constant(string name, float[] values, params long[] shape)
    {
        _body.Message(5, tensor =>
        {
            foreach (long size in shape)
                tensor.Integer(1, size);
            tensor.Integer(2, ElementFloat).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values));
        });
        return name;
    }

    /// <summary>An operator with one output, which gets the operator's name. Inputs of no name are left out.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => Node(op, "", inputs, attributes);

    /// <summary>An operator of ONNX Runtime's own.</summary>
    public string ContribNode(string op, string[] inputs, params (string Name, object Value)[] attributes) =>
        Node(op, ContribDomain, inputs, attributes);

    public OnnxGraph Output(string name, params long[] shape)
    {
        Outputs.Add((name, shape));
        _body.Message(12, value => ValueInfo(value, name, shape));
        return this;
    }

    public float[] Random(long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
            values[i] = 2 * _random.NextSingle() - 1;
        return values;
    }

    public byte[] ToModel() => new ProtoWriter()
        .Integer(1, IrVersion)
        .Bytes(7, _body.Text(2, "case").ToArray())
        .Message(8, set => set.Text(1, "").Integer(2, Opset))
        .Message(8, set => set.Text(1, ContribDomain).Integer(2, ContribOpset))
        .ToArray();

    private string Node(string op, string domain, string[] inputs, (string Name, object Value)[] attributes)
    {
        _body.Message(1, node =>
        {
            foreach (string input in inputs)
                node.Text(1, input);
            node.Text(2, op).Text(3, op).Text(4, op).Text(7, domain);
            foreach ((string name, object value) in attributes)
                node.Message(5, attribute => Attribute(attribute.Text(1, name), value));
        });
        return op;
    }

    private static void Attribute(ProtoWriter attribute, object value)
    {
        switch (value)
        {
            case float number:
                attribute.Float(2, number).Integer(20, AttributeFloat);
                break;
            case int number:
                attribute.Integer(3, number).Integer(20, AttributeInt);
                break;
            case string text:
                attribute.Text(4, text).Integer(20, AttributeString);
                break;
            case int[] numbers:
                foreach (int number in numbers)
                    attribute.Integer(8, number);
                attribute.Integer(20, AttributeInts);
                break;
            default:
                throw new ArgumentException($"an attribute cannot be {value}", nameof(value));
        }
    }

    private static void ValueInfo(ProtoWriter value, string name, long[] shape) => value.Text(1, name).Message(2, type => type.Message(1, tensor =>
        tensor.Integer(1, ElementFloat).Message(2, dimensions =>
        {
            foreach (long size in shape)
                dimensions.Message(1, dimension => dimension.Integer(1, size));
        })));
}
