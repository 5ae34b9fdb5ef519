# Dashboard and runner in one container, as an ordinary user. Data lives in the volume /data.
FROM python:3.12-slim
RUN useradd --create-home --uid 1000 layerscope && install -d -o layerscope -m 0700 /data
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=layerscope . .
USER layerscope
ENV LAYERSCOPE_HOME=/data
VOLUME /data
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health')"
CMD ["streamlit", "run", "dashboard.py", "--server.address=0.0.0.0"]
